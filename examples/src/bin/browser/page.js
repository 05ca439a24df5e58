"use strict";

// In memory alone: gone with the page. localStorage would keep it for every script that gets in.
let accessToken = null;

const element = (id) => document.getElementById(id);

function show(name, said = "") {
  element("log-in").hidden = name !== null;
  element("in").hidden = name === null;
  element("who").textContent = name ?? "";
  element("said").textContent = said;
}

// Name and password in UTF-8, as RFC 7617 has it.
function basic(name, password) {
  const bytes = new TextEncoder().encode(`${name}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

async function take(response) {
  accessToken = response.ok ? (await response.json()).access_token : null;
  return response.ok;
}

async function logIn(name, password) {
  const headers = { authorization: basic(name, password) };
  return take(await fetch("/tokens", { method: "POST", headers }));
}

// The browser sends the cookie along, and takes the new one.
async function refresh() {
  return take(await fetch("/tokens/refresh", { method: "POST" }));
}

// Asks with the access token, and once more if it had expired.
async function ask(path) {
  const once = () => fetch(path, { headers: { authorization: `Bearer ${accessToken}` } });
  const response = accessToken === null ? null : await once();
  if (response !== null && response.status !== 401) return response;
  return (await refresh()) ? once() : null;
}

async function whoAmI() {
  const response = await ask("/me");
  show(response?.ok ? await response.text() : null, `asked at ${new Date().toLocaleTimeString()}`);
}

element("log-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { name, password } = event.target.elements;
  const isIn = await logIn(name.value, password.value);
  password.value = "";
  if (isIn) await whoAmI();
  else show(null, "Name or password are wrong.");
});

element("again").addEventListener("click", whoAmI);

element("out").addEventListener("click", async () => {
  const response = await fetch("/tokens", { method: "DELETE" });
  // Told only once it is so: the session could not be ended otherwise.
  if (!response.ok) return show(element("who").textContent, "That did not work. Try again.");
  accessToken = null;
  show(null, "Logged out.");
});

whoAmI();
