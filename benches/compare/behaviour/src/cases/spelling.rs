//! Other spellings of the same token. Where the payload is spelled otherwise, the signature is over that spelling.

use super::{case, of_claims};
use crate::case::Case;
use crate::token::{SECRET, base64url, claims, header, other_spelling, sealed};

const GROUP: &str = "Spelling";

pub(super) fn all() -> Option<Vec<Case>> {
    let good = of_claims(&claims());
    let (input, signature) = good.rsplit_once('.')?;
    let (header, payload) = (base64url(header().text().as_bytes()), base64url(claims().text().as_bytes()));
    let own = |id, label, token| case(GROUP, id, label, token);
    Some(vec![
        own(
            "bits-signature",
            "trailing bits in the signature",
            format!("{input}.{}", other_spelling(signature)?),
        ),
        own(
            "bits-payload",
            "trailing bits in the payload, signed so",
            sealed(&header, &other_spelling(&payload)?, SECRET),
        ),
        own("padding-signature", "`=` padding of the signature", format!("{good}=")),
        own("padding-payload", "`=` padding of the payload, signed so", {
            sealed(&header, &padded(&payload), SECRET)
        }),
        own("newline", "a newline after the token", format!("{good}\n")),
    ])
}

fn padded(segment: &str) -> String {
    let missing = segment.len().next_multiple_of(4) - segment.len();
    segment.to_owned() + &"=".repeat(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a payload fills its last character, there is nothing to pad, and there are no bits to set.
    #[test]
    fn the_spellings_differ_in_the_segment_that_they_say() {
        let good = of_claims(&claims());
        let places = |case: &Case| {
            let segments = case.token.split('.').zip(good.split('.'));
            segments.map(|(other, good)| other != good).collect::<Vec<_>>()
        };
        let found: Vec<_> = all().unwrap().iter().map(|case| (case.id, places(case))).collect();
        let expected = [
            ("bits-signature", vec![false, false, true]),
            ("bits-payload", vec![false, true, true]),
            ("padding-signature", vec![false, false, true]),
            ("padding-payload", vec![false, true, true]),
            ("newline", vec![false, false, true]),
        ];
        assert_eq!(found, expected);
    }
}
