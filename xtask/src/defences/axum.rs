//! What stands between HTTP and the `Authenticator`: layers, extractors, token routes.

use super::classes;
use super::row::{Edit, Row, Test};

const PACKAGE: &str = "countersign-axum";

const fn test(name: &'static str) -> Test {
    Test::of(PACKAGE, "it", name)
}

const AUTHENTICATED: &str = "crates/countersign-axum/src/authenticated.rs";
const EXTRACT: &str = "crates/countersign-axum/src/extract.rs";
const LAYER: &str = "crates/countersign-axum/src/layer.rs";
const API_KEYS: &str = "crates/countersign-axum/src/routes/api_keys.rs";
const COOKIES: &str = "crates/countersign-header/src/elsewhere.rs";
const BROWSER: &str = "crates/countersign-axum/src/routes/browser.rs";
const FORM: &str = "crates/countersign-axum/src/routes/form.rs";
const INTROSPECTION: &str = "crates/countersign-axum/src/routes/introspection.rs";
const REVOCATION: &str = "crates/countersign-axum/src/routes/revocation.rs";
const ROUTES: &str = "crates/countersign-axum/src/routes/mod.rs";

const OTHER_SITES: Test = test("browser::a_request_that_no_page_of_ours_has_made_is_refused");
const COOKIE: Test = test("browser::the_refresh_token_is_in_the_cookie_and_nowhere_else");

pub(super) fn rows() -> Vec<Row> {
    vec![other_sites(), endpoints(), bodies(), hanging_up()]
}

fn other_sites() -> Row {
    Row::new(&classes::axum::OTHER_SITES)
        .defence(
            "a request that says nothing of where it comes from is taken",
            OTHER_SITES,
            &[Edit(BROWSER, "            _ => false,", "            _ => true,")],
        )
        .defence(
            "a sandboxed frame passes for an origin",
            OTHER_SITES,
            &[Edit(BROWSER, r#"listed && origin != b"null""#, "listed")],
        )
        .defence(
            "other hosts of the same site are taken without an origin",
            OTHER_SITES,
            &[Edit(BROWSER, r#"site == b"same-origin""#, r#"site != b"cross-site""#)],
        )
        .defence(
            "another site can log somebody out",
            OTHER_SITES,
            &[Edit(
                BROWSER,
                "    browser.check_site(headers)?;\n    if let Some(token) = cookie(headers)? {",
                "    if let Some(token) = cookie(headers)? {",
            )],
        )
        .defence(
            "another site can log somebody in",
            OTHER_SITES,
            &[Edit(BROWSER, "    browser.check_site(&parts.headers)?;\n", "")],
        )
        .defence("scripts can read the cookie", COOKIE, &[Edit(BROWSER, " HttpOnly;", "")])
        .defence(
            "the cookie goes over plain HTTP",
            COOKIE,
            &[Edit(BROWSER, " Secure; HttpOnly;", " HttpOnly;")],
        )
        .defence(
            "other sites' requests bring the cookie",
            COOKIE,
            &[Edit(BROWSER, " SameSite=Strict{max_age}", "{max_age}")],
        )
        .defence(
            "the first of two cookies is taken",
            test("browser::a_cookie_is_read_strictly"),
            &[Edit(
                COOKIES,
                "            if found.replace(token).is_some() {\n",
                "            if *found.get_or_insert(token) != token {\n",
            )],
        )
}

fn endpoints() -> Row {
    Row::new(&classes::axum::ENDPOINTS)
        .defence(
            "bad credentials pass for none in an optional layer",
            test("layer::each_layer_takes_its_own_kinds_of_credentials"),
            &[Edit(
                LAYER,
                "self.optional && self.demands.is_empty() && unknown.nothing_was_shown",
                "self.optional && self.demands.is_empty()",
            )],
        )
        .defence(
            "an optional layer demands a scope only of those who show something",
            test("layer::each_layer_takes_its_own_kinds_of_credentials"),
            &[Edit(LAYER, "self.optional && self.demands.is_empty() && unknown", "self.optional && unknown")],
        )
        .defence(
            "bad credentials pass for none in an optional extractor",
            test("extractors::each_handler_takes_its_own_kinds_of_credentials"),
            &[Edit(
                EXTRACT,
                "Err(unknown) if unknown.nothing_was_shown => Ok(None),\n            Err(unknown) => Err(unknown.refusal),",
                "Err(_) => Ok(None),",
            )],
        )
        .defence(
            "a principal of one authenticator stands for one of another's",
            test("extractors::a_layer_of_another_authenticator_vouches_for_nobody"),
            &[Edit(AUTHENTICATED, " && self.authenticator.is_same_as(authenticator)", " && !format!(\"{authenticator:?}\").is_empty()")],
        )
        .defence(
            "whatever a layer took, the handler takes",
            test("extractors::a_layer_around_them_changes_nothing_that_they_take"),
            &[Edit(AUTHENTICATED, "accept.takes(self.principal.method()) && ", "accept == accept && ")],
        )
        .defence(
            "a missing layer passes for a request without credentials",
            test("layer::what_the_layer_found_is_not_there_without_it"),
            &[Edit(EXTRACT, "Ok(slot(parts)?.found().cloned().map(Self::new))", "Ok(Self::of(&parts.extensions))")],
        )
        .defence(
            "another issuer's subject is taken for the account of that name",
            test("grid::each_route_takes_its_own_kinds_of_credentials"),
            &[Edit(ROUTES, "Accept::access_tokens().ours_only()", "Accept::access_tokens()")],
        )
        .defence(
            "an API key gets scopes that its maker has not",
            test("api_keys::what_is_no_wish_for_a_key_makes_none"),
            &[Edit(API_KEYS, "!wanted.scopes.iter().all(|scope| caller.has_scope(scope))", "wanted.scopes.len() > 99")],
        )
        .defence(
            "anybody may ask about tokens",
            test("questions::only_resource_servers_may_ask"),
            &[Edit(INTROSPECTION, "            caller.require_scope(&scope)?;\n", "            let _ = (&caller, &scope);\n")],
        )
        .defence(
            "another issuer's tokens are told of",
            test("questions::a_good_token_is_told_of_and_any_other_is_inactive"),
            &[Edit(INTROSPECTION, "Accept::bearer().ours_only()).await", "Accept::bearer()).await")],
        )
        .defence(
            "a revocation that could not be recorded is answered like one that was",
            test("questions::a_revocation_that_is_none_is_refused"),
            &[Edit(REVOCATION, "Err(error) if matches!(error.kind(), ErrorKind::InvalidToken(_)) => Ok(()),", "Err(error) if error.kind() != ErrorKind::InsufficientScope => Ok(()),")],
        )
}

fn bodies() -> Row {
    Row::new(&classes::axum::BODIES)
        .defence(
            "a body that is announced too long is asked for",
            test("tokens::malformed_bodies_have_defined_answers"),
            &[Edit(
                FORM,
                "is_some_and(|length| length > MAX_BODY as u64)",
                "is_some_and(|length| length > u64::MAX - 1)",
            )],
        )
        .defence(
            "a body may have any length",
            test("tokens::malformed_bodies_have_defined_answers"),
            &[
                Edit(
                    FORM,
                    "is_some_and(|length| length > MAX_BODY as u64)",
                    "is_some_and(|length| length == 17_409)",
                ),
                Edit(FORM, "to_bytes(body, MAX_BODY)", "to_bytes(body, usize::MAX)"),
            ],
        )
        .defence(
            "the first of two media types is taken",
            test("tokens::malformed_bodies_have_defined_answers"),
            &[Edit(
                FORM,
                "if values.next().is_some() {",
                "if values.next().is_some_and(HeaderValue::is_empty) {",
            )],
        )
        .defence(
            "members that nobody knows are passed over",
            test("api_keys::what_is_no_wish_for_a_key_makes_none"),
            &[Edit(API_KEYS, "#[serde(deny_unknown_fields)]\n", "")],
        )
}

fn hanging_up() -> Row {
    Row::new(&classes::axum::HANGING_UP).defence(
        "a logout stops half-way",
        test("hanging_up::what_is_to_end_ends_though_nobody_waits_for_the_answer"),
        &[Edit(
            ROUTES,
            "match tokio::spawn(work).await {
            Ok(result) => result.map_err(|error| self.refuse(&error)),
            Err(_) => Err(Refusal::server_error()),
        }",
            "work.await.map_err(|error| self.refuse(&error))",
        )],
    )
}
