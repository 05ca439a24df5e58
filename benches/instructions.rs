//! Operations to be counted, instruction by instruction: `cargo xtask instructions` runs this under callgrind.
//!
//! Without arguments it lists the operations. With the name of one and a number it does it so many times;
//! counting two such runs and taking the difference leaves what the operation costs, without the start of the
//! process and the preparation of keys. Everything is fixed, the time included, so that every run takes the
//! same way.

#![allow(clippy::print_stdout, reason = "a command's own output")]

use std::cell::RefCell;
use std::error::Error;
use std::hint::black_box;

use countersign_benches::{Borrowed, Claims, NOW, claims, forged, verifier};
use countersign_signed::{ClaimsBuffer, Signer, SigningKey, Verified};
use time::OffsetDateTime;

type Operation = Box<dyn Fn() -> bool>;

fn operations() -> Result<[(&'static str, Operation); 5], Box<dyn Error>> {
    let hs256 = SigningKey::hs256(&[7; 32])?;
    let eddsa = SigningKey::ed25519(&[7; 32])?.without_kid();
    let token = Signer::new(hs256.clone()).sign(&claims())?;
    Ok([
        ("HS256 verify, owned claims", verification(&hs256, token.clone(), true)?),
        ("HS256 verify, borrowed claims", borrowed_verification(&hs256, token.clone())?),
        ("HS256 refuse", verification(&hs256, forged(&token), false)?),
        ("HS256 sign", signature(hs256)),
        (
            "EdDSA verify, owned claims",
            verification(&eddsa, Signer::new(eddsa.clone()).sign(&claims())?, true)?,
        ),
    ])
}

/// Whether the outcome is the one that is meant.
fn verification(key: &SigningKey, token: String, good: bool) -> Result<Operation, Box<dyn Error>> {
    let verifier = verifier(key)?;
    let now = OffsetDateTime::from_unix_timestamp(NOW)?;
    Ok(Box::new(move || {
        let claims = verifier.verify::<Claims>(black_box(&token), now).map(Verified::into_claims);
        black_box(claims).is_ok() == good
    }))
}

fn borrowed_verification(key: &SigningKey, token: String) -> Result<Operation, Box<dyn Error>> {
    let verifier = verifier(key)?;
    let now = OffsetDateTime::from_unix_timestamp(NOW)?;
    let buffer = RefCell::new(ClaimsBuffer::new());
    Ok(Box::new(move || {
        let mut buffer = buffer.borrow_mut();
        let verified = verifier.verify_in::<Borrowed<'_>>(&mut buffer, black_box(&token), now);
        verified.is_ok_and(|verified| black_box(verified.claims()).is_whole())
    }))
}

fn signature(key: SigningKey) -> Operation {
    let signer = Signer::new(key);
    let claims = claims();
    Box::new(move || black_box(signer.sign(black_box(&claims))).is_ok())
}

fn main() -> Result<(), Box<dyn Error>> {
    let operations = operations()?;
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        for (name, _) in &operations {
            println!("{name}");
        }
        return Ok(());
    };
    let times: u32 = arguments.next().ok_or("how many times?")?.parse()?;
    let (_, operation) =
        operations.iter().find(|(known, _)| *known == name).ok_or("there is no such operation")?;
    for _ in 0..times {
        if !operation() {
            return Err("the outcome is not the one that is meant".into());
        }
    }
    Ok(())
}
