//! The page for API keys, for whoever does not see it, has no mouse, or a small screen.

use serde_json::{Value, json};

use crate::api_keys::{log_in, make, start};
use crate::driver::Browser;
use crate::page::{ENTER, TAB};

/// What can have the focus, seen, in the document's order.
const FOCUSABLE: &str = "
    return [...document.querySelectorAll('a[href], button, input, select, textarea')]
        .filter((element) => element.checkVisibility() && !element.disabled);";

/// The texts whose contrast to what is behind them is too low: under 4.5 to 1, or 3 to 1 for large ones
/// (WCAG 2.2, success criterion 1.4.3), with their ratios.
const TOO_FAINT: &str = "
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => {
        const linear = (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const [x, y, z] = [r, g, b].map((c) => linear(c / 255));
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (element) => {
        for (; element; element = element.parentElement) {
            const color = numbers(getComputedStyle(element).backgroundColor);
            if ((color[3] ?? 1) === 1) return color;
        }
        return [255, 255, 255];
    };
    const texts = [...document.querySelectorAll('body *')].filter((element) => element.checkVisibility()
        && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
    const faint = texts.flatMap((element) => {
        const style = getComputedStyle(element);
        const [light, dark] = [numbers(style.color), behind(element)].map(luminance).sort((a, b) => b - a);
        const ratio = (light + 0.05) / (dark + 0.05);
        const size = parseFloat(style.fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        return ratio < (isLarge ? 3 : 4.5) ? [`${element.innerText}: ${ratio}`] : [];
    });
    return [texts.length, faint];";

/// Everything that can be used has a name that is read out.
fn check_names(browser: &Browser) {
    for element in browser.run(FOCUSABLE, &[]).as_array().unwrap() {
        let id = element.as_object().unwrap().values().next().unwrap().as_str().unwrap();
        let name = browser.get(&format!("/element/{id}/computedlabel"));
        let html = browser.run("return arguments[0].outerHTML", std::slice::from_ref(element));
        assert!(!name.as_str().unwrap().trim().is_empty(), "no name: {html}");
        let labels = browser.run("return arguments[0].labels.length", std::slice::from_ref(element));
        let is_button = html.as_str().unwrap().starts_with("<button");
        assert!(is_button || labels == 1, "no label: {html}");
    }
}

/// The tabulator reaches all of it, in order, and shows where it is.
fn check_tab_order(browser: &Browser) {
    let expected = browser.run(FOCUSABLE, &[]);
    let expected = expected.as_array().unwrap();
    assert!(expected.len() > 2);
    browser.run("document.activeElement.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)", &[]);
    // From the beginning of the document on.
    browser.run(
        "const top = document.body; top.tabIndex = -1; top.focus(); top.removeAttribute('tabindex')",
        &[],
    );
    let mut reached = Vec::new();
    for _ in expected {
        browser.press(TAB);
        reached.push(browser.run("return document.activeElement", &[]));
        let outline = "const style = getComputedStyle(document.activeElement);
            return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2";
        assert_eq!(browser.run(outline, &[]), true, "the focus is not seen");
    }
    assert_eq!(&reached, expected);
}

fn check_contrast(browser: &Browser, place: &str) {
    for scheme in ["light", "dark"] {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        browser.devtools("Emulation.setEmulatedMedia", &json!({ "features": features }));
        let found = browser.run(TOO_FAINT, &[]);
        assert!(found[0].as_u64().unwrap() > 3, "{found}");
        assert_eq!(found[1], Value::Array(vec![]), "{scheme}");
        browser.screenshot(&format!("keys-{place}-{scheme}"));
    }
}

/// On the smallest of screens nothing is beside it (WCAG 2.2, success criterion 1.4.10), and no button broken.
fn check_reflow(browser: &Browser, place: &str) {
    let screen = json!({ "width": 320, "height": 800, "deviceScaleFactor": 1, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", &screen);
    let beside =
        "const { scrollWidth, clientWidth } = document.documentElement; return scrollWidth - clientWidth";
    assert_eq!(browser.run("return innerWidth", &[]), 320);
    assert_eq!(browser.run(beside, &[]), 0, "{place}");
    let broken = "return [...document.querySelectorAll('button')]
        .filter((button) => button.scrollWidth > button.clientWidth || button.offsetHeight > 48).length";
    assert_eq!(browser.run(broken, &[]), 0, "{place}");
    browser.screenshot(&format!("keys-{place}-narrow"));
    browser.devtools("Emulation.clearDeviceMetricsOverride", &json!({}));
}

fn check(browser: &Browser, place: &str) {
    check_names(browser);
    check_tab_order(browser);
    check_contrast(browser, place);
    check_reflow(browser, place);
    let document = "
        const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
        const seen = [...document.querySelectorAll('h1')].filter((element) => element.checkVisibility());
        return [document.documentElement.lang, document.title, ids.length - new Set(ids).size, seen.length];";
    assert_eq!(browser.run(document, &[]), json!(["en", "API keys", 0, 1]));
}

#[test]
fn the_page_for_api_keys_can_be_used_by_everybody() {
    let Some((browser, example)) = start() else { return };
    browser.open(&example.url);
    browser.wait_for("#log-in");
    check(&browser, "log-in");
    browser.fill("#name", "alice");
    browser.fill("#password", "looking-glass");
    browser.press(ENTER);
    browser.wait_for("#alert:not(:empty)");
    check_contrast(&browser, "refused");
    check_reflow(&browser, "refused");
    log_in(&browser, &example);
    make(&browser);
    browser.click("#copy");
    browser.wait_for("#status:not(:empty)");
    check(&browser, "made");
    browser.click("#list button");
    browser.wait_for("#remove");
    check_contrast(&browser, "remove");
    check_reflow(&browser, "remove");
    // What is behind the question cannot be reached.
    for expected in ["keep", "really-remove"] {
        assert_eq!(browser.focused(), expected);
        browser.press(TAB);
    }
    assert_eq!(browser.complaints(), [""; 0]);
}
