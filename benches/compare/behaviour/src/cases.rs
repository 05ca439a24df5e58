//! The questions, group by group.

mod claims;
mod controls;
mod dates;
mod header;
mod keys;
mod spelling;

use crate::case::{Ask, Case, Key};
use crate::token::{self, Object, SECRET};

/// All of them, in the order of the page.
pub(crate) fn all() -> Option<Vec<Case>> {
    let mut cases = controls::all();
    cases.extend(claims::all());
    cases.extend(dates::all());
    cases.extend(header::all());
    cases.extend(spelling::all()?);
    cases.extend(keys::all());
    Some(cases)
}

/// A token whose signature is right, under the usual secret.
fn case(group: &'static str, id: &'static str, label: &'static str, token: String) -> Case {
    let key = Key::Secret(SECRET.to_vec());
    Case { id, group, label, ask: Ask::Verify, control: false, token, key, kid: None }
}

/// The good token with other claims.
fn of_claims(claims: &Object) -> String {
    of_payload(&claims.text())
}

fn of_payload(payload: &str) -> String {
    token::hs256(&token::header().text(), payload, SECRET)
}

/// The good token with another header.
fn of_header(header: &Object) -> String {
    token::hs256(&header.text(), &token::claims().text(), SECRET)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own_and_a_token_of_its_own() {
        let cases = all().unwrap();
        let ids: HashSet<_> = cases.iter().map(|case| case.id).collect();
        assert_eq!(ids.len(), cases.len());
        let good = of_claims(&token::claims());
        for case in cases.iter().filter(|case| !case.control && case.group != keys::GROUP) {
            assert_ne!(case.token, good, "{}", case.id);
        }
    }

    #[test]
    fn groups_stand_together() {
        let mut groups: Vec<_> = all().unwrap().iter().map(|case| case.group).collect();
        groups.dedup();
        assert_eq!(groups.len(), groups.iter().collect::<HashSet<_>>().len());
    }
}
