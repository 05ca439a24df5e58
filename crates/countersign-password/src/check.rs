//! One check of a password, on a worker's thread, and why its cost does not tell users apart.
//!
//! | what is found | what is run |
//! |---|---|
//! | no such user | argon2 at the current parameters, on a salt that nobody has |
//! | a hash that cannot be read | the same |
//! | a hash, the password is wrong | argon2 at the stored parameters, then as much as is missing to the work of the current ones |
//! | a hash, the password is right | argon2 at the stored parameters, then a new hash if the stored one is outdated |
//!
//! So the first three cost alike unless a stored hash costs *more* than the current parameters; the fourth
//! may differ, but whoever sees it has logged in. Alike means blocks of memory filled: a small memory fits
//! a cache and is quicker per block, so older hashes are to be replaced, and will be as their users log in.
//!
//! The run for nobody has no tag to be compared with, so nothing can match it by chance.

use argon2::Algorithm;
use zeroize::Zeroizing;

use crate::{
    Error, Hasher, Parameters, PasswordHash,
    hash::{Parsed, SALT_BYTES, TAG_BYTES},
};

/// What came of a check. Only `Right` lets anybody in.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// There is no such user, or the password is wrong.
    Wrong,
    /// The stored hash cannot be read.
    Unreadable,
    /// The password is right.
    Right {
        /// The hash to store from now on, if the stored one is outdated.
        replacement: Option<PasswordHash>,
    },
}

/// Checks `password` against `stored`, `None` being a user that does not exist.
///
/// `wanted` says whether anybody still waits; what no longer matters is then left out.
pub(crate) fn check(
    hasher: &Hasher,
    decoy_salt: &[u8; SALT_BYTES],
    stored: Option<&PasswordHash>,
    password: &str,
    wanted: &dyn Fn() -> bool,
) -> Result<Verdict, Error> {
    let current = hasher.parameters();
    let decoy = |parameters: Parameters| {
        let mut tag = Zeroizing::new([0; TAG_BYTES]);
        hasher.work().run(Algorithm::Argon2id, parameters, password.as_bytes(), decoy_salt, &mut *tag)
    };
    let Some(stored) = stored else {
        decoy(current)?;
        return Ok(Verdict::Wrong);
    };
    let Some(parsed) = Parsed::parse(stored) else {
        decoy(current)?;
        return Ok(Verdict::Unreadable);
    };
    if parsed.matches(hasher.work(), password)? {
        // Without a new hash the old one stays, and the login is none the worse for it.
        let outdated = parsed.is_outdated(current) && wanted();
        return Ok(Verdict::Right { replacement: outdated.then(|| hasher.hash(password).ok()).flatten() });
    }
    if let Some(padding) = current.padding_after(parsed.parameters())
        && wanted()
    {
        decoy(padding)?;
    }
    Ok(Verdict::Wrong)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::testing::{NoRandomness, Run, counted, weak};

    const PASSWORD: &str = "correct horse";

    /// The runs of one check at the current parameters (100, 3, 2).
    fn runs(stored: Option<&PasswordHash>, password: &str) -> (Verdict, Vec<Run>) {
        let (hasher, work) = counted(weak(100, 3, 2));
        let verdict = check(&hasher, &[7; 16], stored, password, &|| true).unwrap();
        (verdict, work.take())
    }

    fn stored(m: u32, t: u32, p: u32) -> PasswordHash {
        Hasher::new(weak(m, t, p)).hash(PASSWORD).unwrap()
    }

    #[test]
    fn nobody_and_an_unreadable_hash_cost_one_run_at_the_current_parameters() {
        let (verdict, runs_for_nobody) = runs(None, PASSWORD);
        assert!(matches!(verdict, Verdict::Wrong));
        assert_eq!(runs_for_nobody, [(100, 3, 2)]);
        let (verdict, runs_for_unreadable) = runs(Some(&"!".into()), PASSWORD);
        assert!(matches!(verdict, Verdict::Unreadable));
        assert_eq!(runs_for_unreadable, [(100, 3, 2)]);
    }

    #[test]
    fn a_wrong_password_costs_the_stored_parameters_and_what_is_missing_to_the_current_ones() {
        for (m, t, p, expected) in [
            (100, 3, 2, vec![(100, 3, 2)]),
            // 300 - 60 = 240 blocks are missing, 80 in each of three passes.
            (60, 1, 1, vec![(60, 1, 1), (80, 3, 2)]),
            (8, 1, 1, vec![(8, 1, 1), (98, 3, 2)]),
            (200, 4, 1, vec![(200, 4, 1)]),
        ] {
            let (verdict, runs) = runs(Some(&stored(m, t, p)), "wrong");
            assert!(matches!(verdict, Verdict::Wrong));
            assert_eq!(runs, expected);
        }
    }

    #[test]
    fn the_right_password_makes_a_new_hash_if_and_only_if_the_stored_one_is_outdated() {
        let (verdict, runs_of_current) = runs(Some(&stored(100, 3, 2)), PASSWORD);
        assert!(matches!(verdict, Verdict::Right { replacement: None }));
        assert_eq!(runs_of_current, [(100, 3, 2)]);
        let (verdict, runs_of_older) = runs(Some(&stored(60, 1, 1)), PASSWORD);
        let Verdict::Right { replacement: Some(new) } = verdict else { panic!("no new hash") };
        assert_eq!(runs_of_older, [(60, 1, 1), (100, 3, 2)]);
        assert!(matches!(runs(Some(&new), PASSWORD).0, Verdict::Right { replacement: None }));
        assert!(matches!(runs(Some(&new), "wrong").0, Verdict::Wrong));
    }

    #[test]
    fn a_new_hash_that_cannot_be_made_does_not_make_the_password_wrong() {
        let (hasher, _) = counted(weak(100, 3, 2));
        let hasher = hasher.with_random(NoRandomness);
        let verdict = check(&hasher, &[7; 16], Some(&stored(60, 1, 1)), PASSWORD, &|| true).unwrap();
        assert!(matches!(verdict, Verdict::Right { replacement: None }));
    }

    #[test]
    fn when_nobody_waits_any_longer_the_second_run_is_left_out() {
        for password in [PASSWORD, "wrong"] {
            let (hasher, work) = counted(weak(100, 3, 2));
            let asked = Cell::new(0);
            let wanted = || {
                asked.set(asked.get() + 1);
                false
            };
            let _ = check(&hasher, &[7; 16], Some(&stored(60, 1, 1)), password, &wanted);
            assert_eq!((work.take(), asked.get()), (vec![(60, 1, 1)], 1));
        }
    }

    #[test]
    fn the_hash_of_nobody_matches_no_password() {
        // Even if the salt and the parameters are those of a stored hash.
        let (hasher, _) = counted(weak(8, 1, 1));
        let verdict = check(&hasher, b"sixteen byte sal", None, "correct horse battery staple", &|| true);
        assert!(matches!(verdict, Ok(Verdict::Wrong)));
    }
}
