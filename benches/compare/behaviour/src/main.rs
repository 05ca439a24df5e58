//! What countersign and its peers take and refuse. The test `behaviour` of `tests/peers` runs it and compares its
//! output with a page of the guide.
//!
//! One process is one contender, since jsonwebtoken has one back end in each. It judges nothing itself: it says what
//! the contender did with each case, and the page is the reader's.

mod case;
mod cases;
mod jsonwebtoken_peer;
mod junk;
mod jwt_simple_peer;
mod ours;
mod token;

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

use case::{Case, Outcome, Verdict};

const USAGE: &str = "usage: countersign-behaviour questions | judge CONTENDER | junk CONTENDER
  contenders: countersign, rust_crypto, aws_lc_rs (of jsonwebtoken), jwt-simple";

/// The outcome of a case, without and with what the library can be told of it.
type Judge = fn(&Case, bool) -> Outcome;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let cases = cases::all().ok_or("a token has no other spelling")?;
    let answer = match arguments.as_slice() {
        ["questions"] => serde_json::json!({
            "issuer": token::ISSUER,
            "audience": token::AUDIENCE,
            "secret": String::from_utf8_lossy(token::SECRET),
            "cases": cases,
            "shapes": junk::shapes(),
        }),
        ["judge", contender] => {
            let judge = of(contender)?;
            // The page says that a peer panicked; the trace would stand between the lines of the command.
            std::panic::set_hook(Box::new(|_| {}));
            let outcomes = cases.iter().map(|case| [false, true].map(|told| guarded(judge, case, told)));
            serde_json::to_value(outcomes.collect::<Vec<_>>())?
        }
        ["junk", contender] => serde_json::to_value(junk::measure(of(contender)?)?)?,
        _ => return Err(USAGE.into()),
    };
    println!("{answer}");
    Ok(())
}

fn of(contender: &str) -> Result<Judge, &'static str> {
    match contender {
        "countersign" => Ok(ours::judge),
        "jwt-simple" => Ok(|case, _| jwt_simple_peer::judge(case)),
        back_end => jsonwebtoken_peer::install(back_end).map(|()| jsonwebtoken_peer::judge as Judge),
    }
}

fn guarded(judge: Judge, case: &Case, told: bool) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| judge(case, told))).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Outcome::new(Verdict::Panic, said.unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_as_one() {
        let cases = cases::all().unwrap();
        let outcome = guarded(|case, _| panic!("on {}", case.id), &cases[0], false);
        assert_eq!(outcome, Outcome::new(Verdict::Panic, "on good"));
    }
}
