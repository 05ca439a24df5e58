// Requests of the page, with the access token that they need.

// In memory alone: gone with the page. localStorage would keep it for every script that gets in.
let accessToken = null;

// Nobody is logged in, or not any more.
export class LoggedOut extends Error {}

// The service has not done it: `code` is its word for why.
export class Refused extends Error {
  constructor(response, code) {
    super(code);
    this.status = response.status;
    this.code = code;
    this.retryAfter = Number(response.headers.get("retry-after")) || null;
  }
}

async function refused(response) {
  const body = await response.json().catch(() => ({}));
  return new Refused(response, body.error ?? "unknown");
}

// Name and password in UTF-8, as RFC 7617 has it.
function basic(name, password) {
  const bytes = new TextEncoder().encode(`${name}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

// An answer with an access token in it. The refresh token is in a cookie, which the browser sees to.
async function take(response) {
  accessToken = null;
  if (!response.ok) throw await refused(response);
  accessToken = (await response.json()).access_token;
}

export async function logIn(name, password) {
  await take(await fetch("/tokens", { method: "POST", headers: { authorization: basic(name, password) } }));
}

async function refresh() {
  try {
    await take(await fetch("/tokens/refresh", { method: "POST" }));
  } catch (error) {
    throw error.code === "invalid_grant" ? new LoggedOut() : error;
  }
}

// Returns only once the session is over.
export async function logOut() {
  const response = await fetch("/tokens", { method: "DELETE" });
  if (!response.ok) throw await refused(response);
  accessToken = null;
}

// Asks with the access token, and once more if that had expired.
async function ask(method, path, body) {
  const once = () => {
    const headers = { authorization: `Bearer ${accessToken}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    return fetch(path, { method, headers, body: body && JSON.stringify(body) });
  };
  const isNew = accessToken === null;
  if (isNew) await refresh();
  let response = await once();
  if (response.status === 401 && !isNew) {
    await refresh();
    response = await once();
  }
  if (!response.ok) throw response.status === 401 ? new LoggedOut() : await refused(response);
  return response;
}

export const me = async () => (await ask("GET", "/me")).json();
export const keys = async () => (await (await ask("GET", "/api-keys")).json()).api_keys;
export const makeKey = async (wanted) => (await ask("POST", "/api-keys", wanted)).json();

// A key that is gone already is as good as removed.
export async function removeKey(id) {
  try {
    await ask("DELETE", `/api-keys/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error.status !== 404) throw error;
  }
}
