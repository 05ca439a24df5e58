// Signed tokens by jose or fast-jwt, with the claims and keys of src/token.rs and src/material.rs:
// node signed_tokens.mjs jose|fast-jwt ROUNDS. Rounds in which everybody has a batch; a line of JSON for each.

import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, webcrypto } from "node:crypto";

const BATCH = 4_000_000n;
const SECRET = Buffer.alloc(32, 7);
const ISSUER = "https://login.example.com";
const AUDIENCE = "https://api.example.com";

const now = Math.floor(Date.now() / 1000);
const claims = {
  iss: ISSUER,
  sub: "user-1234567890",
  aud: AUDIENCE,
  exp: now + 3600,
  iat: now,
  nbf: now,
  jti: "0f8fad5b-d9cb-469f-a165-70867728950e",
  scope: "read:orders write:orders",
  role: "subscriber",
};

// PKCS#8 around the seed (RFC 8410).
const head = Buffer.from("302e020100300506032b657004220420", "hex");
const privateKey = createPrivateKey({ key: Buffer.concat([head, SECRET]), format: "der", type: "pkcs8" });
const publicKey = createPublicKey(privateKey);

async function jose() {
  const { SignJWT, jwtVerify, importSPKI } = await import("jose");
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const secret = await webcrypto.subtle.importKey("raw", SECRET, hmac, false, ["sign", "verify"]);
  const spki = await importSPKI(publicKey.export({ format: "pem", type: "spki" }), "EdDSA");
  const sign = (alg, key) => new SignJWT(claims).setProtectedHeader({ alg }).sign(key);
  const [token, edToken] = [await sign("HS256", secret), await sign("EdDSA", privateKey)];
  const verify = async (text, key, alg) =>
    (await jwtVerify(text, key, { algorithms: [alg], issuer: ISSUER, audience: AUDIENCE })).payload;
  return {
    "HS256 verify": () => verify(token, secret, "HS256"),
    "HS256 sign": () => sign("HS256", secret),
    "EdDSA verify": () => verify(edToken, spki, "EdDSA"),
  };
}

// Its cache is off, as it is unless asked for.
async function fastJwt() {
  const { createSigner, createVerifier } = await import("fast-jwt");
  const pem = (key, type) => key.export({ format: "pem", type });
  const signer = createSigner({ key: SECRET, algorithm: "HS256" });
  const edSigner = createSigner({ key: pem(privateKey, "pkcs8"), algorithm: "EdDSA" });
  const verifier = (key, algorithm) =>
    createVerifier({ key, algorithms: [algorithm], allowedIss: ISSUER, allowedAud: AUDIENCE });
  const [verify, edVerify] = [verifier(SECRET, "HS256"), verifier(pem(publicKey, "spki"), "EdDSA")];
  const [token, edToken] = [signer(claims), edSigner(claims)];
  return {
    "HS256 verify": () => verify(token),
    "HS256 sign": () => signer(claims),
    "EdDSA verify": () => edVerify(edToken),
  };
}

// What returns a promise is awaited, as its callers have to; what does not, is not.
async function spent(operation, times, waits) {
  const start = process.hrtime.bigint();
  if (waits) {
    for (let turn = 0; turn < times; turn += 1) await operation();
  } else {
    for (let turn = 0; turn < times; turn += 1) operation();
  }
  return process.hrtime.bigint() - start;
}

const [name, rounds] = [process.argv[2], Number(process.argv[3])];
const contenders = { jose, "fast-jwt": fastJwt };
const operations = await contenders[name]();
const turns = [];
for (const [group, operation] of Object.entries(operations)) {
  const outcome = operation();
  const waits = outcome instanceof Promise;
  if (group.endsWith("verify")) assert.deepEqual({ ...(await outcome) }, claims);
  // Compiled by then, as in a server that has run for a while.
  await spent(operation, 2000, waits);
  let times = 1;
  let taken = 0n;
  while ((taken = await spent(operation, times, waits)) < BATCH / 4n) times *= 2;
  const size = Math.max(1, Math.round((Number(BATCH) * times) / Number(taken)));
  turns.push({ group, operation, waits, times: size, batches: [] });
}
for (let round = 0; round < rounds; round += 1) {
  for (const turn of turns) {
    await spent(turn.operation, turn.times >> 3, turn.waits);
    const taken = await spent(turn.operation, turn.times, turn.waits);
    turn.batches.push(Math.round((Number(taken) / turn.times) * 10) / 10);
  }
}
for (const { group, batches } of turns) {
  console.log(JSON.stringify({ back_end: "rust_crypto", group, contender: name, batches }));
}
