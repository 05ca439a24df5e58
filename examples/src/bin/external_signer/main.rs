//! Tokens signed by a key that this process never sees.
//!
//! Two processes: one stands for a KMS, which makes a key on P-256 and keeps it; the other issues a token
//! with it, and prints the token.
//!
//! ```text
//! external-signer kms 8090
//! external-signer issue 127.0.0.1:8090 alice
//! ```
//!
//! `kms.rs` is the stand-in, `client.rs` what a service writes to reach a real one. What is not shown: a real
//! KMS asks who is calling, and a service keeps the public key and does not ask for it again.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program's own output")]

mod client;
mod kms;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use countersign::signed::{Claims, ExternalSigner};
use time::OffsetDateTime;

use crate::client::Kms;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The issuer and the audience.
const URL: &str = "https://service.example";

const USAGE: &str = "usage: external-signer kms PORT | external-signer issue ADDRESS SUBJECT";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match *arguments {
        ["kms", port] => kms::serve(port),
        ["issue", address, subject] => issue(address, subject).await,
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("external-signer: {error}");
            if let Some(source) = error.source() {
                eprintln!("  because: {source}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Prints a token for the subject, signed by the KMS at this address.
async fn issue(address: &str, subject: &str) -> Result<(), BoxError> {
    let kms = Kms::at(address.parse::<SocketAddr>()?);
    let signer = ExternalSigner::new(kms.public_key().await?).token_type("at+jwt")?;
    let claims = Claims::issued_at(OffsetDateTime::now_utc())
        .issuer(URL)
        .audience(URL)
        .subject(subject)
        .role("operator")
        .scopes(["orders:read", "orders:write"])
        .expires_in(Duration::from_secs(300))
        .random_jti()
        .build()?;
    // The signature is verified before there is a token, so what is printed is good.
    println!("{}", signer.sign_with(&kms, &claims).await?);
    Ok(())
}
