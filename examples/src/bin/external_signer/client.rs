//! What a service writes to have its tokens signed by a KMS: the trait over the KMS's own protocol.
//!
//! The wire's form of a signature is turned into that of JWS here, and time is limited here, since both are
//! the KMS's. That the signature is the right one is not: `ExternalSigner` verifies it.

use std::net::SocketAddr;
use std::time::Duration;

use countersign::signed::{AsyncSign, VerifyingKey, ecdsa_signature_from_der};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::BoxError;
use crate::kms::{ALGORITHM, PUBLIC_KEY, SIGN};

/// The longest that a log-in may wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes; no answer is longer.
const MAX_ANSWER: u64 = 1024;

/// A KMS with one key.
pub(crate) struct Kms {
    address: SocketAddr,
}

impl Kms {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self { address }
    }

    /// The public half of its key.
    pub(crate) async fn public_key(&self) -> Result<VerifyingKey, BoxError> {
        Ok(VerifyingKey::from_der(ALGORITHM, &self.ask(PUBLIC_KEY, &[]).await?)?)
    }

    async fn ask(&self, question: u8, content: &[u8]) -> Result<Vec<u8>, BoxError> {
        let asked = async {
            let mut stream = TcpStream::connect(self.address).await?;
            stream.write_all(&[question]).await?;
            stream.write_all(content).await?;
            stream.shutdown().await?;
            let mut answer = Vec::new();
            stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        Ok(timeout(PATIENCE, asked).await.map_err(|_| "the KMS does not answer")??)
    }
}

impl AsyncSign for Kms {
    type Error = BoxError;

    async fn sign(&self, signing_input: &[u8]) -> Result<Vec<u8>, BoxError> {
        let der = self.ask(SIGN, signing_input).await?;
        Ok(ecdsa_signature_from_der(ALGORITHM, &der)?)
    }
}
