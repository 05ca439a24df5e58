//! Signed tokens: header, claims, and the way from the text to a checked signature.

use super::classes;
use super::row::{Edit, Row, Test};

const PACKAGE: &str = "countersign-signed";

const fn it(name: &'static str) -> Test {
    Test::of(PACKAGE, "it", name)
}

const fn lib(name: &'static str) -> Test {
    Test::lib(PACKAGE, name)
}

const ALGORITHM: &str = "crates/countersign-signed/src/algorithm.rs";
const CHECKS: &str = "crates/countersign-signed/src/jwt/checks.rs";
const COMPACT: &str = "crates/countersign-signed/src/compact.rs";
const DATE: &str = "crates/countersign-signed/src/json/date.rs";
const HEADER: &str = "crates/countersign-signed/src/header.rs";
const JSON: &str = "crates/countersign-signed/src/json.rs";
const KNOWN: &str = "crates/countersign-signed/src/keys/known.rs";
const OWN_MEMBERS: &str = "crates/countersign-signed/src/header/own.rs";
const REGISTERED: &str = "crates/countersign-signed/src/jwt/registered.rs";
const SCAN: &str = "crates/countersign-signed/src/json/scan.rs";
const SET: &str = "crates/countersign-signed/src/keys/set.rs";

pub(super) fn rows() -> Vec<Row> {
    let mut rows = header();
    rows.extend(structure());
    rows.extend(claims());
    rows.push(super::key_sets::row());
    rows
}

fn header() -> Vec<Row> {
    vec![
        Row::new(&classes::signed::ALG)
            .defence(
                "an unknown `alg` stands for HS256",
                it("attacks::alg_none_and_every_other_unknown_alg_are_refused_with_or_without_a_signature"),
                &[Edit(ALGORITHM, "_ => Err(ErrorKind::UnsupportedAlgorithm.into()),", "_ => Ok(Self::HS256),")],
            )
            .defence(
                "the case of `alg` does not matter",
                it("attacks::alg_none_and_every_other_unknown_alg_are_refused_with_or_without_a_signature"),
                &[Edit(
                    ALGORITHM,
                    "_ => Err(ErrorKind::UnsupportedAlgorithm.into()),",
                    "_ => {
                let mut all = Self::ALL.iter().copied();
                let found = all.find(|algorithm| algorithm.name().eq_ignore_ascii_case(name));
                found.ok_or_else(|| ErrorKind::UnsupportedAlgorithm.into())
            }",
                )],
            )
            .defence(
                "an empty signature is not looked at",
                it("attacks::alg_none_and_every_other_unknown_alg_are_refused_with_or_without_a_signature"),
                &[Edit(
                    COMPACT,
                    "if !key.verify(signing_input, signature) {",
                    "if !signature.is_empty() && !key.verify(signing_input, signature) {",
                )],
            ),
        Row::new(&classes::signed::ONE_ALGORITHM)
            .defence(
                "a key is chosen by its `kid` alone",
                it("attacks::a_header_cannot_pair_a_kid_with_another_algorithm"),
                &[Edit(
                    SET,
                    "keys.iter().filter(|key| key.algorithm() == algorithm);",
                    "keys.iter().filter(|_| algorithm.name() != \"\");",
                )],
            )
            .defence(
                "a usual header leads to a key that it need not mean",
                lib("keys::known::tests::a_header_that_could_mean_several_keys_is_not_known"),
                &[Edit(KNOWN, "if leads_to(keys, key, &text) {", "if leads_to(keys, key, &text) || true {")],
            )
            .defence(
                "a usual header is known by its digest alone",
                lib("keys::known::tests::a_text_of_the_same_digest_is_not_the_same_header"),
                &[Edit(KNOWN, "same.find(|header| header.segment.as_bytes() == segment)", "same.next()")],
            ),
        Row::new(&classes::signed::EMBEDDED).defence(
            "a `jwk` in the header is the key",
            it("attacks::a_key_that_comes_with_the_token_is_not_trusted"),
            &[
                Edit(
                    HEADER,
                    "    pub(crate) cty: Option<Cow<'h, str>>,\n}",
                    "    pub(crate) cty: Option<Cow<'h, str>>,\n    pub(crate) jwk: Option<&'h str>,\n}",
                ),
                Edit(
                    HEADER,
                    "        Ok(Self { algorithm, kid, typ, cty })",
                    "        let jwk = object.find(\"jwk\").map(json::Raw::as_str);
        Ok(Self { algorithm, kid, typ, cty, jwk })",
                ),
                Edit(
                    COMPACT,
                    "            let key = keys.resolve(header.kid(), header.algorithm)?;",
                    "            let own = header.jwk.and_then(|jwk| VerifyingKey::from_jwk(jwk).ok());
            let key = match own.filter(|own| own.algorithm() == header.algorithm) {
                Some(own) => &*Box::leak(Box::new(own)),
                None => keys.resolve(header.kid(), header.algorithm)?,
            };",
                ),
                Edit(JSON, "pub(crate) struct Raw<'a>(&'a str);", "pub(crate) struct Raw<'a>(pub(crate) &'a str);"),
            ],
        )
        .defence(
            "a signer writes whatever points to a key",
            it("issuing::header::names_with_a_meaning_to_verifiers_are_refused"),
            &[Edit(OWN_MEMBERS, r#""jwk" | "jku" | "x5u" | "x5c" | "#, r#""jwk" | "#)],
        )
        .note("nothing fetches by `jku` or `x5u`, so there is no request to take out"),
        Row::new(&classes::signed::KID)
            .defence(
                "an unknown `kid` falls back to a key that fits otherwise",
                lib("keys::set::tests::a_kid_is_looked_up_with_its_algorithm_and_nothing_else_is_tried"),
                &[Edit(
                    SET,
                    "Ok(fitting.find(|key| key.kid() == Some(kid)).ok_or_else(|| none_fits(keys))?)",
                    "let found = fitting.clone().find(|key| key.kid() == Some(kid));
    Ok(found.or_else(|| fitting.next()).ok_or_else(|| none_fits(keys))?)",
                )],
            )
            .defence(
                "a `kid` is compared leniently",
                it("attacks::a_kid_is_only_ever_compared"),
                &[Edit(
                    SET,
                    "fitting.find(|key| key.kid() == Some(kid))",
                    "fitting.find(|key| key.kid().is_some_and(|own| own.eq_ignore_ascii_case(kid.trim())))",
                )],
            )
            .defence(
                "a `kid` may have any length",
                it("attacks::a_kid_is_only_ever_compared"),
                &[Edit(HEADER, "kid.is_empty() || kid.len() > MAX_KID_LEN", "kid.is_empty()")],
            )
            .defence(
                "without a `kid`, the first of several keys is taken",
                it("attacks::a_token_without_kid_is_refused_where_several_keys_could_be_meant"),
                &[Edit(
                    SET,
                    "return if fitting.next().is_none() { Ok(only) } else { Err(ErrorKind::AmbiguousKey.into()) };",
                    "return Ok(only);",
                )],
            ),
        Row::new(&classes::signed::CRIT).defence(
            "`crit` is passed over",
            lib("header::tests::extensions_are_refused_whatever_their_value_and_spelling"),
            &[Edit(HEADER, "CRIT | B64 => return", "B64 => return")],
        )
        .defence(
            "a signer writes `crit`, which no verifier here takes",
            it("issuing::header::names_with_a_meaning_to_verifiers_are_refused"),
            &[Edit(OWN_MEMBERS, r#""crit" | "b64" =>"#, r#""b64" =>"#)],
        ),
        Row::new(&classes::signed::B64).defence(
            "`b64` is passed over",
            lib("header::tests::extensions_are_refused_whatever_their_value_and_spelling"),
            &[Edit(HEADER, "CRIT | B64 => return", "CRIT => return")],
        ),
    ]
}

fn structure() -> Vec<Row> {
    vec![
        Row::new(&classes::signed::JWE)
            .defence(
                "more than three segments are not told apart",
                it("attacks::five_segments_are_an_error_of_their_own_and_nothing_is_inflated"),
                &[Edit(COMPACT, "if dots.next().is_some() {", "if dots.next().is_some() && token.is_empty() {")],
            )
            .note(
                "nothing here inflates anything; the same test shows a payload with `zip` read as it stands",
            ),
        Row::new(&classes::signed::DUPLICATES)
            .defence(
                "the names of a small object are not compared",
                it("peers::every_case_of_the_table_has_its_answer"),
                &[Edit(SCAN, "self.differs_from_earlier(members.as_slice())?;", "")],
            )
            .defence(
                "the names of a large object are not compared",
                lib("json::scan::tests::a_name_that_occurs_twice_is_found_among_any_number"),
                &[Edit(SCAN, "self.all_differ(members.as_slice())?;", "")],
            )
            .defence(
                "only the names of the outermost object are compared",
                lib("json::scan::tests::a_name_that_occurs_twice_is_refused_at_any_depth_and_in_any_spelling"),
                &[Edit(SCAN, "if seen & tag.mark() != 0 {", "if depth == 1 && seen & tag.mark() != 0 {")],
            )
            .defence(
                "names are compared as they are spelled",
                lib("json::scan::tests::a_name_that_occurs_twice_is_refused_at_any_depth_and_in_any_spelling"),
                &[Edit(
                    SCAN,
                    "Tag::of(unescape(name).ok_or(Fault::Syntax)?.as_bytes())",
                    "Tag::of(unescape(name).map(|_| name).ok_or(Fault::Syntax)?.as_bytes())",
                )],
            ),
        Row::new(&classes::signed::SIZE)
            .defence(
                "a token may have any length",
                it("attacks::size_is_judged_before_anything_else"),
                &[Edit(COMPACT, "if token.len() > max_len {", "if token.len() > usize::MAX - max_len {")],
            )
            .defence(
                "a header may be as long as the token",
                it("attacks::size_is_judged_before_anything_else"),
                &[Edit(COMPACT, "if header.len() > MAX_HEADER_LEN {", "if header.len() > max_len {")],
            )
            .defence(
                "JSON may be nested to any depth",
                lib("json::scan::tests::thirty_two_levels_are_read_and_thirty_three_are_not"),
                &[Edit(JSON, "MAX_DEPTH: u8 = 32;", "MAX_DEPTH: u8 = u8::MAX;")],
            )
            .note(
                "counting stops at the fifth dot, which within the length that is taken saves time and changes no answer",
            ),
    ]
}

fn claims() -> Vec<Row> {
    vec![
        Row::new(&classes::signed::DATES)
            .defence(
                "a malformed `exp` counts as none",
                it("peers::every_case_of_the_table_has_its_answer"),
                &[Edit(
                    REGISTERED,
                    "EXP => date().map(|date| claims.times.exp = Second::new(date.down())),",
                    "EXP => Some(claims.times.exp = date().and_then(|date| Second::new(date.down()))),",
                )],
            )
            .defence(
                "a malformed `nbf` counts as none",
                it("claims::dates_in_other_forms_are_read_and_absurd_ones_are_malformed"),
                &[Edit(
                    REGISTERED,
                    "NBF => date().and_then(NumericDate::up).map(|nbf| claims.times.nbf = Second::new(nbf)),",
                    "NBF => Some(claims.times.nbf = date().and_then(NumericDate::up).and_then(Second::new)),",
                )],
            )
            .defence(
                "a token without `exp` lives for ever",
                it("peers::every_case_of_the_table_has_its_answer"),
                &[Edit(
                    CHECKS,
                    "None => Some(missing(\"exp\").with_expected(after_what(clock.late))),",
                    "None => None,",
                )],
            )
            .defence(
                "a token lives on at its `exp`",
                it("claims::exp_is_refused_on_or_after_to_the_nanosecond_and_leeway_moves_it"),
                &[Edit(
                    CHECKS,
                    "Some(exp) if clock.late < exp => None,",
                    "Some(exp) if clock.late <= exp => None,",
                )],
            )
            .defence(
                "`nbf` is passed over",
                it("claims::nbf_is_taken_from_its_instant_on_and_leeway_moves_it"),
                &[Edit(
                    CHECKS,
                    "        start(places.times(), &clock),\n",
                    "        start(&Times::default(), &clock),\n",
                )],
            )
            .defence(
                "a token may be from the future",
                it("claims::iat_is_never_in_the_future_beyond_leeway"),
                &[Edit(
                    CHECKS,
                    "if iat_up > clock.early_for_iat {",
                    "if iat_up > clock.early_for_iat && iat_up < 0 {",
                )],
            )
            .defence(
                "a token may say for how long it lives",
                it("claims::max_lifetime_is_measured_from_iat_which_it_requires"),
                &[Edit(
                    CHECKS,
                    "is_ok_and(|longest| got > longest)",
                    "is_ok_and(|longest| got.min(0) > longest)",
                )],
            )
            .defence(
                "what was issued before a leak was closed is taken",
                it("claims::not_issued_before_is_to_the_letter_and_requires_iat"),
                &[Edit(
                    CHECKS,
                    ".not_issued_before.filter(|first| iat < *first)",
                    ".not_issued_before.filter(|first| iat < *first.min(&0))",
                )],
            )
            .defence(
                "a fraction of `exp` is rounded up",
                it("claims::a_fraction_of_a_second_counts_against_the_bearer"),
                &[Edit(
                    REGISTERED,
                    "EXP => date().map(|date| claims.times.exp = Second::new(date.down())),",
                    "EXP => date().and_then(NumericDate::up).map(|exp| claims.times.exp = Second::new(exp)),",
                )],
            )
            .defence(
                "a fraction of `nbf` is cut off",
                it("claims::a_fraction_of_a_second_counts_against_the_bearer"),
                &[Edit(
                    REGISTERED,
                    "NBF => date().and_then(NumericDate::up).map(",
                    "NBF => date().map(NumericDate::down).map(",
                )],
            )
            .defence(
                "a date has no upper bound but that of the integer",
                lib("json::date::tests::what_lies_outside_the_range_is_refused"),
                &[Edit(
                    DATE,
                    "            if whole > LAST {",
                    "            if whole > i64::MAX.cast_unsigned() {",
                )],
            )
            .defence(
                "the sign of a date is passed over",
                lib("json::date::tests::what_lies_outside_the_range_is_refused"),
                &[Edit(
                    DATE,
                    "        let (integer, fraction) = mantissa",
                    "        let mantissa = mantissa.trim_start_matches('-');
        let (integer, fraction) = mantissa",
                )],
            ),
        Row::new(&classes::signed::EXPECTED_CLAIMS)
            .defence(
                "an expected claim that is absent passes",
                it("peers::every_case_of_the_table_has_its_answer"),
                &[Edit(CHECKS, "None => Some(missing(claim).with_expected(expected)),", "None => None,")],
            )
            .defence(
                "an expected audience that is absent passes",
                it("peers::every_case_of_the_table_has_its_answer"),
                &[Edit(
                    CHECKS,
                    "    let failure = if has_aud {",
                    "    if !has_aud {
        return None;
    }
    let failure = if has_aud {",
                )],
            )
            .defence(
                "a configured type that is absent passes",
                it("claims::the_type_is_jwt_or_absent_unless_another_is_expected"),
                &[Edit(CHECKS, "(Some(_), None) => false,", "(Some(_), None) => true,")],
            )
            .defence(
                "a claim matches by its beginning",
                it("claims::issuer_and_subject_match_to_the_letter"),
                &[Edit(
                    CHECKS,
                    "Some(got) if got == expected => None,",
                    "Some(got) if got.starts_with(expected) => None,",
                )],
            )
            .defence(
                "an audience matches by its beginning",
                it("claims::any_of_the_audiences_will_do_and_an_unasked_one_will_not"),
                &[Edit(
                    CHECKS,
                    "any(|audience| audience == aud)",
                    "any(|audience| aud.starts_with(audience.as_str()))",
                )],
            )
            .defence(
                "a claim of the wrong JSON type counts as absent",
                it("peers::every_case_of_the_table_has_its_answer"),
                &[Edit(
                    REGISTERED,
                    "= Some(object.value(member).string()?.into());",
                    "= object.value(member).string().map(Into::into);",
                )],
            )
            .defence(
                "an empty `aud` is an audience like any other",
                it("peers::every_case_of_the_table_has_its_answer"),
                &[Edit(
                    REGISTERED,
                    "value.strings().filter(|several| !several.is_empty())?",
                    "value.strings()?",
                )],
            )
            .defence(
                "a verifier without audience takes tokens for anybody",
                it("claims::any_of_the_audiences_will_do_and_an_unasked_one_will_not"),
                &[Edit(CHECKS, "(policy.audiences.is_empty() && !has_aud)", "policy.audiences.is_empty()")],
            )
            .defence(
                "a verifier without issuer takes tokens of anybody",
                it("claims::an_issuer_that_nobody_asked_for_is_refused_unless_any_is_taken"),
                &[Edit(
                    CHECKS,
                    "(None, Some(iss)) if !policy.any_issuer => {",
                    "(None, Some(iss)) if iss.is_empty() && !policy.any_issuer => {",
                )],
            ),
    ]
}
