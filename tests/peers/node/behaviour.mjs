// What jose takes and refuses: reads the questions and prints its outcomes.
//
// A case has a list of two outcomes, without and with what jose can be told. Shapes are measured, where there are any.

import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { inspect } from "node:util";
import * as jose from "jose";

const question = JSON.parse(await text(process.stdin));
const RUNS = 3;
const TOLD = { requiredClaims: ["exp"] };
const SECRET = Buffer.from(question.secret);

async function keyOf({ key }) {
  if (key.secret !== undefined) return [Uint8Array.from(Buffer.from(key.secret, "hex")), "HS256"];
  const jwk = JSON.parse(key.jwk);
  const algorithm = jwk.kty === "oct" ? "HS256" : "EdDSA";
  return [await jose.importJWK(jwk, algorithm), algorithm];
}

async function verify(each, told) {
  const [key, algorithm] = await keyOf(each);
  const options = { algorithms: [algorithm], issuer: question.issuer, audience: question.audience };
  return (await jose.jwtVerify(each.token, key, told ? { ...options, ...TOLD } : options)).payload;
}

function refusal(ask, error) {
  if (ask === "words") return { verdict: "out", note: `${error.code ?? error.name}: ${error.message}` };
  const isOwn = error instanceof jose.errors.JOSEError;
  return { verdict: "out", note: isOwn ? "" : "by an error that is not its own" };
}

async function judge(each, told) {
  const { ask } = each;
  if (ask === "struct") return { verdict: "none", note: "" };
  try {
    if (ask === "debug") {
      const shown = inspect((await keyOf(each))[0]);
      // Bytes are shown in columns.
      const bytes = [...SECRET.subarray(0, 4)].join(",\\s+");
      return { verdict: new RegExp(bytes).test(shown) ? "shown" : "redacted", note: "" };
    }
    const claims = await verify(each, told);
    const which = { reader: "first wins", admin: "last wins" }[claims.role] ?? "neither comes out";
    return { verdict: "in", note: ask === "role" ? which : "" };
  } catch (error) {
    return refusal(ask, error);
  }
}

async function measure({ label, prefix, unit, times, suffix }) {
  const each = { ...question.cases[0], token: prefix + unit.repeat(times) + suffix };
  let least = Infinity;
  for (let run = 0; run < RUNS; run += 1) {
    const started = performance.now();
    const { verdict } = await judge(each, false);
    least = Math.min(least, performance.now() - started);
    if (verdict !== "out") throw new Error(label);
  }
  return least;
}

const outcomes = [];
for (const each of question.cases) outcomes.push([await judge(each, false), await judge(each, true)]);
const milliseconds = [];
for (const shape of question.shapes) milliseconds.push(await measure(shape));
const { version } = JSON.parse(readFileSync("node_modules/jose/package.json", "utf8"));
console.log(JSON.stringify({ version, outcomes, milliseconds }));
