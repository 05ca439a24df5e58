//! A stand-in for a KMS: it makes a key, keeps it, and signs whatever it is sent.
//!
//! One question to a connection: a byte that says which, the rest until the end of the stream its content.
//! The answer is DER, as a real one gives it: SubjectPublicKeyInfo, or the two integers of a signature.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use countersign::signed::{Algorithm, KeyFormat, SigningKey};
use p256::ecdsa::DerSignature;
use p256::ecdsa::signature::Signer as _;

use crate::BoxError;

/// What its key is for.
pub(crate) const ALGORITHM: Algorithm = Algorithm::ES256;

/// The question for the public key.
pub(crate) const PUBLIC_KEY: u8 = b'P';

/// The question for a signature of what follows.
pub(crate) const SIGN: u8 = b'S';

/// Bytes of a question.
const MAX_QUESTION: u64 = 64 * 1024;

/// The longest that a question may take to come.
const PATIENCE: Duration = Duration::from_secs(5);

/// Serves until the process ends, and says on standard output where.
pub(crate) fn serve(port: &str) -> Result<(), BoxError> {
    let key = SigningKey::generate(ALGORITHM)?;
    let public = key.verifying_key().to_der(KeyFormat::Spki)?;
    let module = p256::ecdsa::SigningKey::from_slice(key.to_bytes()?.expose())?;
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?))?;
    println!("listening on {}", listener.local_addr()?);
    std::io::stdout().flush()?;
    for stream in listener.incoming() {
        // One caller that goes away is not the end of the service.
        if let Err(error) = stream.and_then(|stream| answer(stream, &public, &module)) {
            eprintln!("kms: {error}");
        }
    }
    Ok(())
}

fn answer(mut stream: TcpStream, public: &[u8], module: &p256::ecdsa::SigningKey) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut question = Vec::new();
    (&stream).take(MAX_QUESTION).read_to_end(&mut question)?;
    match question.split_first() {
        Some((&PUBLIC_KEY, [])) => stream.write_all(public),
        Some((&SIGN, message)) => {
            let signature: DerSignature = module.try_sign(message).map_err(std::io::Error::other)?;
            stream.write_all(signature.as_bytes())
        }
        // Anything else is answered with nothing.
        _ => Ok(()),
    }
}
