// Does what it is asked in JSON on its standard input, a list of steps, and prints the list of answers.
//
// Keys travel as text in a named format: pkcs8, spki, pkcs1 and sec1 are PEM, jwk is JSON, raw is a secret.

import { createPrivateKey, createPublicKey, KeyObject, randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import * as jose from "jose";

const isSecret = (alg) => alg.startsWith("HS");
const isRsa = (alg) => /^[RP]S/.test(alg);
const isEc = (alg) => alg.startsWith("ES");

async function read(alg, format, key, isPrivate) {
  switch (format) {
    case "raw":
      return new TextEncoder().encode(key);
    case "jwk":
      return jose.importJWK(JSON.parse(key), alg);
    case "pkcs8":
      return jose.importPKCS8(key, alg);
    case "spki":
      return jose.importSPKI(key, alg);
    default: // What only Node reads, and jose takes from it.
      return isPrivate ? createPrivateKey(key) : createPublicKey(key);
  }
}

function sign(alg, key, claims, kid) {
  const header = kid === undefined ? { alg } : { alg, kid };
  return new jose.SignJWT(claims).setProtectedHeader(header).sign(key);
}

async function verify(token, key, alg) {
  const options = {
    algorithms: [alg],
    issuer: "https://issuer.example",
    audience: "https://api.example",
    requiredClaims: ["exp", "iat", "iss", "aud", "sub"],
  };
  try {
    return { claims: (await jose.jwtVerify(token, key, options)).payload };
  } catch (error) {
    return { refused: error.code ?? String(error) };
  }
}

async function makeSecret({ alg, claims, kid }) {
  const raw = randomBytes(64).toString("hex");
  const key = new TextEncoder().encode(raw);
  const formats = { raw, jwk: JSON.stringify(await jose.exportJWK(key)) };
  return { token: await sign(alg, key, claims, kid), private: formats, public: formats };
}

async function make(step) {
  const { alg, claims, kid } = step;
  if (isSecret(alg)) return makeSecret(step);
  const pair = await jose.generateKeyPair(alg, { extractable: true });
  const named = kid === undefined ? {} : { kid, alg, use: "sig" };
  const publicJwk = await jose.exportJWK(pair.publicKey);
  const privateJwk = await jose.exportJWK(pair.privateKey);
  const answer = {
    token: await sign(alg, pair.privateKey, claims, kid),
    private: { pkcs8: await jose.exportPKCS8(pair.privateKey), jwk: JSON.stringify(privateJwk) },
    public: { spki: await jose.exportSPKI(pair.publicKey), jwk: JSON.stringify({ ...publicJwk, ...named }) },
    thumbprint: await jose.calculateJwkThumbprint(publicJwk),
  };
  const privateKey = KeyObject.from(pair.privateKey);
  if (isEc(alg)) answer.private.sec1 = privateKey.export({ type: "sec1", format: "pem" });
  if (isRsa(alg)) {
    answer.private.pkcs1 = privateKey.export({ type: "pkcs1", format: "pem" });
    answer.public.pkcs1 = KeyObject.from(pair.publicKey).export({ type: "pkcs1", format: "pem" });
  }
  return answer;
}

/** Of the names, those of algorithms that this jose has on this Node. */
async function algorithms({ names }) {
  const has = async (alg) => {
    try {
      await (isSecret(alg) ? jose.generateSecret(alg) : jose.generateKeyPair(alg));
      return true;
    } catch (error) {
      if (error.code === "ERR_JOSE_NOT_SUPPORTED" || error.name === "NotSupportedError") return false;
      throw error;
    }
  };
  const found = [];
  for (const alg of names) if (await has(alg)) found.push(alg);
  return found;
}

const steps = {
  algorithms,
  make,
  sign: async ({ alg, format, key, claims }) => sign(alg, await read(alg, format, key, true), claims),
  thumbprint: ({ jwk }) => jose.calculateJwkThumbprint(JSON.parse(jwk)),
  verify: async ({ alg, format, key, token }) => verify(token, await read(alg, format, key, false), alg),
  verifyWithSet: ({ alg, jwks, token }) => verify(token, jose.createLocalJWKSet(JSON.parse(jwks)), alg),
};

const answers = [];
for (const step of JSON.parse(await text(process.stdin))) answers.push(await steps[step.do](step));
console.log(JSON.stringify(answers));
