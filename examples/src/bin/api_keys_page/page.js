// What one sees. Every text that comes from somewhere is set as text, never as HTML.

import * as api from "./api.js";

const element = (id) => document.getElementById(id);
const focus = (id) => element(id).focus();

// `alert` is read out at once, `status` when there is a pause.
function say({ alert = "", status = "" }) {
  element("alert").textContent = alert;
  element("status").textContent = status;
}

// The key stands nowhere but in the page, and there no longer than it is looked at.
function forgetKey() {
  element("key").textContent = "";
  element("made").hidden = true;
  element("copy").textContent = "Copy";
}

function showLogIn() {
  forgetKey();
  element("list").replaceChildren();
  for (const id of ["who", "remove-name"]) element(id).textContent = "";
  element("remove").close();
  for (const id of ["keys", "account"]) element(id).hidden = true;
  element("log-in").hidden = false;
}

async function showKeys() {
  const { name, scopes } = await api.me();
  element("who").textContent = name;
  element("scopes").replaceChildren(...scopes.map(choice));
  await showList();
  element("log-in").hidden = true;
  for (const id of ["keys", "account"]) element(id).hidden = false;
}

function choice(scope) {
  const label = document.createElement("label");
  const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "scope", value: scope });
  label.append(box, ` ${scope}`);
  return label;
}

async function showList() {
  const keys = await api.keys();
  keys.sort((one, other) => other.created_at.localeCompare(one.created_at));
  element("list").replaceChildren(...keys.map(row));
  element("none").hidden = keys.length > 0;
}

function row(key) {
  const item = element("row").content.cloneNode(true);
  const part = (selector) => item.querySelector(selector);
  part("h3").textContent = key.name;
  part(".key code").textContent = key.hint;
  part(".made").append(moment(key.created_at, day));
  part(".used").append(key.last_used_at ? moment(key.last_used_at, minute) : "never");
  part(".until").append(key.expires_at ? moment(key.expires_at, day) : "it is removed");
  part(".may").textContent = key.scopes.join(", ") || "nothing by itself";
  const button = part("button");
  button.setAttribute("aria-label", `Remove ${key.name}`);
  button.addEventListener("click", () => confirmRemoval(key));
  return item;
}

const day = { dateStyle: "medium" };
const minute = { dateStyle: "medium", timeStyle: "short" };

function moment(text, style) {
  const time = document.createElement("time");
  time.dateTime = text;
  time.textContent = new Date(text).toLocaleString(undefined, style);
  return time;
}

// Why something was not done, in words that help and give nothing away.
function explain(error) {
  if (error instanceof api.Refused && error.status === 429) {
    return `Too many attempts. Try again in ${error.retryAfter ?? 60} seconds.`;
  }
  if (error instanceof api.Refused && error.status < 500) return "The service did not accept that.";
  return "The service cannot be reached. Try again in a moment.";
}

// Runs `work` for a button or a form, once at a time, and says what went wrong.
function once(work) {
  let isBusy = false;
  return async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    say({});
    try {
      await work(event);
    } catch (error) {
      if (error instanceof api.LoggedOut) {
        showLogIn();
        say({ alert: "You are not logged in any more." });
        focus("name");
      } else {
        say({ alert: explain(error) });
      }
    } finally {
      isBusy = false;
    }
  };
}

const logIn = once(async ({ target }) => {
  const { name, password } = target.elements;
  const given = password.value;
  password.value = "";
  try {
    await api.logIn(name.value, given);
  } catch (error) {
    if (error.status !== 401) throw error;
    say({ alert: "Name or password are wrong." });
    return focus("password");
  }
  await showKeys();
  target.reset();
  focus("keys-title");
});

const logOut = once(async () => {
  await api.logOut();
  showLogIn();
  say({ status: "You are logged out." });
  focus("log-in-title");
});

const make = once(async ({ target }) => {
  const data = new FormData(target);
  const wanted = { name: data.get("name").trim(), scopes: data.getAll("scope") };
  if (wanted.name === "") {
    say({ alert: "Say what the key is for." });
    return focus("key-name");
  }
  if (data.get("lifetime")) wanted.expires_in = Number(data.get("lifetime"));
  forgetKey();
  const made = await api.makeKey(wanted);
  element("key").textContent = made.key;
  element("made").hidden = false;
  target.reset();
  focus("made-title");
  await showList();
});

// Into the clipboard; where the browser forbids that, the key is selected, for the user to copy.
const copy = once(async () => {
  try {
    await navigator.clipboard.writeText(element("key").textContent);
    element("copy").textContent = "Copied";
    say({ status: "The key is in the clipboard." });
  } catch {
    getSelection().selectAllChildren(element("key"));
    say({ status: "The key is selected: copy it with Ctrl+C or Cmd+C." });
  }
});

let doomed = null;

function confirmRemoval(key) {
  doomed = key;
  element("remove-name").textContent = key.name;
  element("remove").showModal();
}

const remove = once(async () => {
  const { id, name } = doomed;
  element("remove").close();
  await api.removeKey(id);
  await showList();
  say({ status: `${name} is removed.` });
  focus("list-title");
});

element("log-in-form").addEventListener("submit", logIn);
element("log-out").addEventListener("click", logOut);
element("make").addEventListener("submit", make);
element("copy").addEventListener("click", copy);
element("done").addEventListener("click", () => {
  forgetKey();
  say({});
  focus("keys-title");
});
element("keep").addEventListener("click", () => element("remove").close());
element("really-remove").addEventListener("click", remove);

// A page that is left may come back as it was, by the back button.
addEventListener("pagehide", forgetKey);
addEventListener("pageshow", ({ persisted }) => persisted && start());

async function start() {
  try {
    await showKeys();
  } catch (error) {
    showLogIn();
    if (!(error instanceof api.LoggedOut)) say({ alert: explain(error) });
  }
}

await start();
