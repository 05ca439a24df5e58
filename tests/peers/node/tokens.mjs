// Good and bad tokens, and jose's verdict on tokens: reads {"do": "make"} or {"do": "judge", "cases": [...]}.
//
// A case is as in tokens.py. What jose does not sign (`none`, forged signatures, two members of one name in a header) is made
// there. The keys are new each time, and no verdict depends on them.

import { createHash, randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import * as jose from "jose";

const ISS = "https://issuer.example";
const AUD = "https://api.example";
const POLICY = { iss: ISS, aud: AUD };
const EXP = 4102444800;
const CLAIMS = { iss: ISS, aud: AUD, sub: "alice", iat: 1700000000, exp: EXP };
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const ALGS = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

const cases = [];
const bytes = (value) => new TextEncoder().encode(value);
const hex = (value) => Buffer.from(value).toString("hex");

function add(row, name, token, key, alg, policy = POLICY) {
  cases.push({ row, name: `jose's ${name}`, token, key, alg, policy });
}

/** Signs any header that jose signs, and any text. */
function sign(alg, key, payload, more = {}, options = {}) {
  const header = { typ: "JWT", alg, ...more };
  return new jose.CompactSign(bytes(payload)).setProtectedHeader(header).sign(key, options);
}

/** A key to sign with, and what others verify with. */
async function pair(alg) {
  if (alg.startsWith("HS")) {
    const secret = randomBytes(64);
    return { alg, key: secret, forms: [{ form: "secret", text: hex(secret) }] };
  }
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
  const members = { ...(await jose.exportJWK(publicKey)), alg };
  const forms = [
    { form: "pem", text: await jose.exportSPKI(publicKey) },
    { form: "jwk", text: JSON.stringify(members) },
  ];
  return { alg, key: privateKey, members, forms };
}

async function good() {
  for (const alg of ALGS) {
    const own = await pair(alg);
    for (const form of own.forms) {
      for (const [kind, more] of [["plain", {}], ["audiences", { aud: ["other", AUD] }], ["more", { nbf: 1700000000, jti: "a1", text: "Ævar 🔒" }]]) {
        const token = await new jose.SignJWT({ ...CLAIMS, ...more }).setProtectedHeader({ alg }).sign(own.key);
        add("good", `${alg} ${form.form} ${kind}`, token, form, alg);
      }
    }
    add("good", `${alg} expired`, await sign(alg, own.key, JSON.stringify({ ...CLAIMS, exp: 1700000001 })), own.forms[0], alg);
    add("good", `${alg} of another key`, await sign(alg, (await pair(alg)).key, JSON.stringify(CLAIMS)), own.forms[0], alg);
  }
}

async function headers() {
  const own = await pair("ES256");
  const attacker = await pair("ES256");
  const claims = JSON.stringify(CLAIMS);
  for (const [name, more] of [["jwk", { jwk: attacker.members }], ["jku", { jku: "https://attacker.example/jwks" }], ["x5u", { x5u: "https://attacker.example/" }]]) {
    add("embedded-key", `${name}, attacker's`, await sign("ES256", attacker.key, claims, more), own.forms[0], "ES256");
    add("embedded-key", `${name}, rightly signed`, await sign("ES256", own.key, claims, more), own.forms[0], "ES256");
  }
  const jwks = { form: "jwks", text: JSON.stringify({ keys: [{ ...own.members, kid: "a" }] }) };
  for (const kid of ["a", "../a", "A", "' OR 1=1 --", "https://attacker.example/", "", 7]) {
    add("kid", `kid ${JSON.stringify(kid)}`, await sign("ES256", own.key, claims, { kid }), jwks, "ES256");
  }
  add("crit", "crit of what it was told", await sign("ES256", own.key, claims, { crit: ["x"], x: 1 }, { crit: { x: true } }), own.forms[0], "ES256");
  add("b64", "b64 true, critical", await sign("ES256", own.key, claims, { crit: ["b64"], b64: true }), own.forms[0], "ES256");
  for (const typ of ["jwt", "at+jwt", "JOSE"]) {
    add("good", `typ ${typ}`, await sign("ES256", own.key, claims, { typ }), own.forms[0], "ES256");
  }
}

async function claims() {
  const own = await pair("EdDSA");
  const make = (payload) => sign("EdDSA", own.key, payload);
  for (const claim of ["exp", "nbf", "iat"]) {
    const right = claim === "exp" ? EXP : 1700000000;
    const rest = { ...CLAIMS };
    delete rest[claim];
    for (const [name, value] of [["string", `"${right}"`], ["null", "null"], ["fraction", `${right}.25`], ["negative", "-5"], ["huge", "1e300"], ["list", `[${right}]`]]) {
      const body = JSON.stringify(rest).slice(0, -1);
      add("dates", `${claim} ${name}`, await make(`${body},"${claim}":${value}}`), own.forms[0], "EdDSA");
    }
  }
  for (const claim of ["iss", "aud"]) {
    for (const [name, value] of [["absent", undefined], ["null", null], ["another", "x"], ["list of it", [CLAIMS[claim]]], ["empty list", []], ["number", 7], ["list with a number", [7, CLAIMS[claim]]]]) {
      add("required", `${claim} ${name}`, await make(JSON.stringify({ ...CLAIMS, [claim]: value })), own.forms[0], "EdDSA");
    }
  }
  const body = JSON.stringify(CLAIMS).slice(0, -1);
  for (const [name, more] of [["sub", '"sub":"root"'], ["exp", '"exp":4102444801'], ["nested", '"a":{"b":1,"b":2}'], ["expired last", '"exp":1']]) {
    add("duplicates", `claim ${name}`, await make(`${body},${more}}`), own.forms[0], "EdDSA");
  }
  for (const payload of ["[]", "1", '"text"', "null", "", "{", `${JSON.stringify(CLAIMS)} `, `${JSON.stringify(CLAIMS)}{}`, `\ufeff${JSON.stringify(CLAIMS)}`]) {
    add("size", `payload ${JSON.stringify(payload.slice(0, 2) + payload.slice(-2))}`, await make(payload), own.forms[0], "EdDSA");
  }
}

/** Places and letters by a hash of their number, so that they are the same each time. */
function chance(label) {
  return createHash("sha256").update(label).digest().readUInt32BE();
}

async function changed() {
  for (const [alg, count] of [["HS256", 10], ["PS256", 10], ["ES256", 15], ["EdDSA", 15]]) {
    const own = await pair(alg);
    const token = await sign(alg, own.key, JSON.stringify(CLAIMS));
    const taken = new Set();
    for (let number = 0; taken.size < count; number += 1) {
      // Not the last character, which has bits of no meaning.
      const at = chance(`${alg} place ${number}`) % (token.length - 1);
      if (token[at] === "." || taken.has(at)) continue;
      taken.add(at);
      const letter = ALPHABET[(ALPHABET.indexOf(token[at]) + 1 + (chance(`letter ${number}`) % 63)) % 64];
      add("bytes", `${alg} at ${at}`, token.slice(0, at) + letter + token.slice(at + 1), own.forms[0], alg);
    }
  }
}

async function make() {
  for (const row of [good, headers, claims, changed]) await row();
  return cases;
}

function read({ form, text }, alg) {
  switch (form) {
    case "secret":
      return Buffer.from(text, "hex");
    case "pem":
      return jose.importSPKI(text, alg);
    case "jwk":
      return jose.importJWK(JSON.parse(text), alg);
    default:
      return jose.createLocalJWKSet(JSON.parse(text));
  }
}

/** Nothing for an algorithm that jose does not have. */
async function judge({ token, key, alg, policy }) {
  if (alg === "ES256K") return null;
  const options = { algorithms: [alg], requiredClaims: ["exp"] };
  if (policy.iss !== undefined) options.issuer = policy.iss;
  if (policy.aud !== undefined) options.audience = policy.aud;
  try {
    await jose.jwtVerify(token, await read(key, alg), options);
    return "accepted";
  } catch (error) {
    return typeof error.code === "string" ? error.code : error.name;
  }
}

const question = JSON.parse(await text(process.stdin));
if (question.do === "make") {
  console.log(JSON.stringify(await make()));
} else {
  const verdicts = [];
  for (const one of question.cases) verdicts.push(await judge(one));
  console.log(JSON.stringify(verdicts));
}
