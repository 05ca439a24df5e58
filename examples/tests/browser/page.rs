//! What a user does with a page, and sees of it.

use serde_json::{Value, json};

use crate::driver::{Browser, until};

/// The name of an element's id in WebDriver's JSON (section 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub(crate) const TAB: char = '\u{e004}';
pub(crate) const ENTER: char = '\u{e007}';
pub(crate) const ESCAPE: char = '\u{e00c}';

impl Browser {
    pub(crate) fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    pub(crate) fn reload(&self) {
        self.post("/refresh", &json!({}));
    }

    pub(crate) fn back(&self) {
        self.post("/back", &json!({}));
    }

    /// The tab that commands go to.
    pub(crate) fn tab(&self) -> Value {
        self.get("/window")
    }

    pub(crate) fn new_tab(&self) -> Value {
        let tab = self.post("/window/new", &json!({ "type": "tab" }))["handle"].clone();
        self.switch_to(&tab);
        tab
    }

    pub(crate) fn switch_to(&self, tab: &Value) {
        self.post("/window", &json!({ "handle": tab }));
    }

    /// The id of the first element that this selects.
    pub(crate) fn element(&self, selector: &str) -> String {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    pub(crate) fn click(&self, selector: &str) {
        self.post(&format!("/element/{}/click", self.element(selector)), &json!({}));
    }

    /// Types into an element, which gets the focus.
    pub(crate) fn fill(&self, selector: &str, text: &str) {
        self.post(&format!("/element/{}/value", self.element(selector)), &json!({ "text": text }));
    }

    /// Presses a key, wherever the focus is.
    pub(crate) fn press(&self, key: char) {
        let strokes = [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })];
        self.post("/actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": strokes }] }));
    }

    /// As one sees it: nothing of what is hidden.
    pub(crate) fn text(&self, selector: &str) -> String {
        let text =
            self.run("return document.querySelector(arguments[0]).innerText.trim()", &[selector.into()]);
        text.as_str().unwrap().to_owned()
    }

    pub(crate) fn is_visible(&self, selector: &str) -> bool {
        let script = "return document.querySelector(arguments[0])?.checkVisibility() ?? false";
        self.run(script, &[selector.into()]) == true
    }

    pub(crate) fn wait_for(&self, selector: &str) {
        until(selector, || self.is_visible(selector).then_some(()));
    }

    /// Waits for this text to be in an element.
    pub(crate) fn wait_for_text(&self, selector: &str, text: &str) {
        until(text, || (self.text(selector) == text).then_some(()));
    }

    /// The id of what has the focus.
    pub(crate) fn focused(&self) -> String {
        self.run("return document.activeElement.id", &[]).as_str().unwrap().to_owned()
    }

    /// All that a script finds in the page and in what the browser stores for it, seen or not.
    pub(crate) fn everything(&self) -> String {
        let script = "
            const fields = [...document.querySelectorAll('input, textarea')].map((field) => field.value);
            const stores = [{ ...localStorage }, { ...sessionStorage }, history.state, document.cookie];
            return document.documentElement.outerHTML + JSON.stringify([fields, stores]);";
        self.run(script, &[]).as_str().unwrap().to_owned()
    }

    /// What the console says of scripts that failed and of what the policy forbade.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({ "type": "browser" }));
        let messages =
            log.as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap().to_owned());
        // A refusal is what a test may be after.
        messages.filter(|message| !message.contains("Failed to load resource")).collect()
    }
}
