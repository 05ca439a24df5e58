//! The page for API keys: log in, make one, see it once, remove it, log out.

use serde_json::{Value, json};

use crate::driver::{Browser, until};
use crate::http::{Example, basic};
use crate::page::{ENTER, ESCAPE};

const NAME_OF_KEY: &str = "<b>nightly</b> & weekly";

pub(crate) fn start() -> Option<(Browser, Example)> {
    Browser::start().map(|browser| (browser, Example::start(env!("CARGO_BIN_EXE_api-keys-page"))))
}

pub(crate) fn log_in(browser: &Browser, example: &Example) {
    browser.open(&example.url);
    browser.wait_for("#log-in");
    browser.fill("#name", "alice");
    browser.fill("#password", "wonderland");
    browser.press(ENTER);
    browser.wait_for("#keys");
}

/// Makes a key by keyboard. Returns it, once it is listed.
pub(crate) fn make(browser: &Browser) -> String {
    let listed = || browser.run("return document.querySelectorAll('#list li').length", &[]).as_u64().unwrap();
    let before = listed();
    browser.click("#scopes input[value=hello]");
    browser.fill("#key-name", NAME_OF_KEY);
    browser.press(ENTER);
    browser.wait_for("#made");
    until("in the list", || (listed() > before).then_some(()));
    browser.text("#key")
}

fn status(example: &Example, key: &str) -> u16 {
    example.with("GET /hello", &format!("Bearer {key}")).status
}

#[test]
fn the_files_are_kept_by_nobody_and_the_routes_are_the_pages_own() {
    let example = Example::start(env!("CARGO_BIN_EXE_api-keys-page"));
    for file in ["/", "/page.css", "/page.js", "/api.js", "/icon.svg"] {
        let answer = example.send(&format!("GET {file}"), &[], "");
        assert_eq!((answer.status, answer.values("cache-control")), (200, vec!["no-store"]), "{file}");
        assert!(
            answer.values("content-security-policy")[0]
                .starts_with("default-src 'none'; script-src 'self'; ")
        );
    }
    let (alice, origin) = (basic("alice", "wonderland"), format!("origin: {}", example.url));
    assert_eq!(example.with("POST /tokens", &alice).status, 403);
    let logged_in = example.send("POST /tokens", &[&format!("authorization: {alice}"), &origin], "");
    let token = format!("Bearer {}", logged_in.text("access_token"));
    let made =
        [("[]", 403), (r#"["reports:read"]"#, 403), (r#"["hello"]"#, 200)].map(|(scopes, expected)| {
            let wanted = format!(r#"{{"name":"n","scopes":{scopes}}}"#);
            let made = example.send("POST /api-keys", &[&format!("authorization: {token}")], &wanted);
            (status(&example, &made.text("key")), expected)
        });
    assert!(made.iter().all(|(got, expected)| got == expected), "{made:?}");
    // A key opens what keys are for, and the page's token what is the page's.
    assert_eq!(example.with("GET /hello", &token).status, 401);
    assert_eq!(
        example.with("GET /me", &token).body,
        r#"{"name":"alice","scopes":["hello","reports:read","reports:write"]}"#
    );
}

#[test]
fn who_logs_in_wrongly_learns_nothing_and_rightly_gets_in() {
    let Some((browser, example)) = start() else { return };
    browser.open(&example.url);
    browser.wait_for("#log-in");
    browser.screenshot("keys-1-log-in");
    let mut said = Vec::new();
    for (name, password) in [("alice", "looking-glass"), ("bob", "wonderland")] {
        browser.run("document.querySelector('#name').value = ''", &[]);
        browser.fill("#name", name);
        browser.fill("#password", password);
        browser.click("#log-in button");
        browser.wait_for("#alert:not(:empty)");
        said.push(browser.text("#alert"));
        // It is gone before the next attempt is answered.
        browser.run("document.querySelector('#alert').textContent = ''", &[]);
        assert_eq!((browser.focused(), browser.is_visible("#keys")), ("password".to_owned(), false));
        assert!(!browser.everything().contains(password));
    }
    assert_eq!(said, ["Name or password are wrong."; 2]);
    log_in(&browser, &example);
    assert_eq!((browser.focused(), browser.text("#who")), ("keys-title".to_owned(), "alice".to_owned()));
    assert!(!browser.everything().contains("wonderland"));
    assert!(browser.is_visible("#none"));
    browser.screenshot("keys-2-none-yet");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn a_key_is_shown_once_and_works_until_it_is_removed() {
    let Some((browser, example)) = start() else { return };
    log_in(&browser, &example);
    let key = make(&browser);
    assert_eq!(browser.focused(), "made-title");
    browser.screenshot("keys-3-made");
    assert_eq!(status(&example, &key), 200);
    assert_eq!(status(&example, &format!("{key}x")), 401);

    browser.reload();
    browser.wait_for("#list li");
    assert!(!browser.is_visible("#made"));
    assert!(!browser.everything().contains(&key));
    assert_eq!(browser.text("#list h3"), NAME_OF_KEY);
    assert_eq!(browser.text("#list .may"), "hello");
    assert_ne!(browser.text("#list .used"), "never");
    assert!(key.starts_with(browser.text("#list code").split('…').next().unwrap()));
    browser.screenshot("keys-4-list");

    browser.click("#list button");
    browser.wait_for("#remove");
    assert_eq!(
        (browser.focused(), browser.text("#remove-name")),
        ("keep".to_owned(), NAME_OF_KEY.to_owned())
    );
    browser.screenshot("keys-5-remove");
    browser.press(ESCAPE);
    assert_eq!((browser.is_visible("#remove"), status(&example, &key)), (false, 200));
    browser.click("#list button");
    browser.click("#really-remove");
    browser.wait_for("#none");
    browser.wait_for_text("#status", &format!("{NAME_OF_KEY} is removed."));
    assert_eq!(browser.focused(), "list-title");
    assert_eq!(status(&example, &key), 401);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn a_key_goes_into_the_clipboard_or_else_is_selected() {
    let Some((browser, example)) = start() else { return };
    log_in(&browser, &example);
    let key = make(&browser);
    browser.click("#copy");
    browser.wait_for_text("#copy", "Copied");
    browser.wait_for_text("#status", "The key is in the clipboard.");
    let reading = json!({ "descriptor": { "name": "clipboard-read" }, "state": "granted" });
    browser.post("/permissions", &reading);
    assert_eq!(browser.run("return navigator.clipboard.readText()", &[]), key.as_str());

    browser.click("#done");
    assert_eq!((browser.is_visible("#made"), browser.everything().contains(&key)), (false, false));
    browser.run("Object.defineProperty(navigator, 'clipboard', { value: undefined })", &[]);
    let key = make(&browser);
    browser.click("#copy");
    browser.wait_for_text("#status", "The key is selected: copy it with Ctrl+C or Cmd+C.");
    assert_eq!(browser.run("return getSelection().toString().trim()", &[]), key.as_str());
    assert_eq!(browser.text("#copy"), "Copy");
}

#[test]
fn the_back_button_brings_no_secret_back() {
    let Some((browser, example)) = start() else { return };
    log_in(&browser, &example);
    let key = make(&browser);
    // What a browser says that keeps the page as it is left.
    browser.run("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))", &[]);
    assert_eq!((browser.is_visible("#made"), browser.everything().contains(&key)), (false, false));
    let key = make(&browser);
    browser.open("about:blank");
    browser.back();
    browser.wait_for("#list li");
    assert_eq!((browser.is_visible("#made"), browser.everything().contains(&key)), (false, false));

    let other = make(&browser);
    browser.click("#log-out");
    browser.wait_for("#log-in");
    browser.wait_for_text("#status", "You are logged out.");
    let is_clean = |browser: &Browser| {
        let everything = browser.everything();
        [&key, &other, &key[..12].to_owned(), &"weekly".to_owned()]
            .iter()
            .all(|secret| !everything.contains(secret.as_str()))
    };
    assert!(is_clean(&browser));
    browser.open("about:blank");
    browser.back();
    browser.wait_for("#log-in");
    assert!(is_clean(&browser));
    assert_eq!(browser.get("/cookie"), Value::Array(vec![]));
    // A key is not the session's.
    assert_eq!(status(&example, &other), 200);
}

#[test]
fn whoever_was_logged_out_elsewhere_is_told_so() {
    let Some((browser, example)) = start() else { return };
    log_in(&browser, &example);
    let first = browser.tab();
    browser.new_tab();
    browser.open(&example.url);
    browser.wait_for("#keys");
    browser.click("#log-out");
    browser.wait_for("#log-in");
    browser.switch_to(&first);
    browser.fill("#key-name", "late");
    browser.press(ENTER);
    browser.wait_for("#log-in");
    assert_eq!(browser.text("#alert"), "You are not logged in any more.");
    assert_eq!(browser.focused(), "name");

    // And whoever comes back to a page that the browser has kept does not see it.
    log_in(&browser, &example);
    browser.new_tab();
    browser.open(&example.url);
    browser.wait_for("#keys");
    browser.click("#log-out");
    browser.wait_for("#log-in");
    browser.switch_to(&first);
    assert!(browser.is_visible("#keys"));
    browser.run("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))", &[]);
    browser.wait_for("#log-in");
}
