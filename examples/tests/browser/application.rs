//! The application with its refresh token in a cookie: tabs, reloads, other sites.

use serde_json::{Value, json};

use crate::driver::{Browser, until};
use crate::http::Example;
use crate::other_site;
use crate::page::ENTER;

fn start() -> Option<(Browser, Example)> {
    let browser = Browser::start()?;
    let example = Example::start(env!("CARGO_BIN_EXE_browser"));
    browser.open(&example.url);
    browser.wait_for("#log-in");
    browser.fill("input[name=password]", "wonderland");
    browser.press(ENTER);
    browser.wait_for("#in");
    Some((browser, example))
}

fn cookie(browser: &Browser) -> Value {
    browser.get("/cookie/__Host-refresh")
}

#[test]
fn two_tabs_refresh_at_once_and_both_stay_logged_in() {
    let Some((browser, example)) = start() else { return };
    let first = browser.tab();
    let second = browser.new_tab();
    browser.open(&example.url);
    browser.wait_for("#in");
    // Each refreshes when the one word comes, which the first sends to both, and tells from when to when that took.
    let listen = "
        window.rounds = [];
        window.channel = new BroadcastChannel('rounds');
        window.round = async () => {
            const from = performance.timeOrigin + performance.now();
            const good = await refresh();
            rounds.push({ good, from, to: performance.timeOrigin + performance.now() });
        };
        channel.onmessage = round;";
    browser.run(listen, &[]);
    browser.switch_to(&first);
    browser.run(listen, &[]);
    let before = cookie(&browser)["value"].clone();
    let mut at_once = 0;
    for number in 1..=20 {
        browser.switch_to(&first);
        browser.run("channel.postMessage(null); return round()", &[]);
        let rounds = [&first, &second].map(|tab| {
            browser.switch_to(tab);
            until("a round", || {
                let round = browser.run("return rounds[arguments[0]] ?? null", &[(number - 1).into()]);
                (!round.is_null()).then_some(round)
            })
        });
        let time = |tab: usize, name: &str| rounds[tab][name].as_f64().unwrap();
        assert_eq!([&rounds[0]["good"], &rounds[1]["good"]], [true, true], "round {number}");
        at_once += u32::from(time(0, "from") < time(1, "to") && time(1, "from") < time(0, "to"));
    }
    assert!(at_once > 0, "in no round at the same moment");
    assert_ne!(cookie(&browser)["value"], before);
    for tab in [&first, &second] {
        browser.switch_to(tab);
        browser.click("#again");
        browser.reload();
        browser.wait_for("#in");
        assert_eq!(browser.text("#who"), "alice");
    }
    browser.screenshot("application-1-second-tab");

    // What ends in one tab has ended in the other, at its next request.
    browser.click("#out");
    browser.wait_for("#log-in");
    browser.switch_to(&first);
    assert!(browser.is_visible("#in"));
    browser.click("#again");
    browser.wait_for("#log-in");
    browser.screenshot("application-2-logged-out");
    assert_eq!(browser.get("/cookie"), json!([]));
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn the_refresh_token_is_the_browsers_and_no_scripts() {
    let Some((browser, _example)) = start() else { return };
    let cookie = cookie(&browser);
    for (name, expected) in [
        ("httpOnly", json!(true)),
        ("secure", json!(true)),
        ("sameSite", json!("Strict")),
        ("path", json!("/")),
        ("domain", json!("localhost")),
        // Forgotten when the browser is closed.
        ("expiry", Value::Null),
    ] {
        assert_eq!(cookie[name], expected, "{name}");
    }
    assert_eq!(browser.run("return document.cookie", &[]), "");
    assert!(!browser.everything().contains(cookie["value"].as_str().unwrap()));
}

#[test]
fn other_sites_and_other_ports_cannot_use_the_login() {
    let Some((browser, example)) = start() else { return };
    let before = cookie(&browser);
    let action = format!("{}/tokens/refresh", example.url);
    let form = format!(r#"<form method="post" action="{action}"><button>Win</button></form>"#);
    let page = format!("<!doctype html><title>other</title>{form}");
    let port = other_site::serve(&page);
    // 127.0.0.1 is another site, for which the cookie does not come along. Another port of localhost is the
    // same site, for which it does, and where the origin alone tells.
    for host in ["127.0.0.1", "localhost"] {
        let other = format!("http://{host}:{port}/");
        browser.open(&other);
        browser.click("button");
        until("an answer", || (browser.get("/url") != other.as_str()).then_some(()));
        browser.wait_for("pre");
        assert_eq!(browser.text("pre"), r#"{"error":"cross_site_request"}"#, "{host}");
        // A script gets nothing out of it either, and no preflight is answered.
        browser.open(&other);
        let send = "
            const [url, method, mode] = arguments;
            return fetch(url, { method, mode, credentials: 'include' }).then((r) => r.type, (e) => e.name);";
        for (method, mode, expected) in
            [("POST", "no-cors", "opaque"), ("POST", "cors", "TypeError"), ("DELETE", "cors", "TypeError")]
        {
            let path = if method == "POST" { "/tokens/refresh" } else { "/tokens" };
            let url = format!("{}{path}", example.url);
            let got = browser.run(send, &[json!(url), json!(method), json!(mode)]);
            assert_eq!(got, expected, "{method} {mode} from {host}");
        }
    }
    browser.open(&example.url);
    browser.wait_for("#in");
    assert_eq!(browser.text("#who"), "alice");
    // Nothing but this page's own coming has renewed it.
    assert_ne!(cookie(&browser)["value"], before["value"]);
}
