"""Good and bad tokens, and PyJWT's verdict on tokens: reads {"do": "make"} or {"do": "judge", "cases": [...]}.

A case is a row (a class of ATTACKS), a name, a token, a key, an algorithm and what is demanded. Keys are text in a named form:
pem, jwk, jwks, or secret, which is hexadecimal. All that is chosen is chosen by a seed; only RSA keys, and signatures that
take random bytes, are new each time, and no verdict depends on them.
"""

import base64
import hashlib
import json
import random
import sys
import warnings

import jwt
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives import hashes

# Of secrets and RSA keys that are too short: the verdict is what counts.
warnings.simplefilter("ignore")

ISS, AUD = "https://issuer.example", "https://api.example"
POLICY = {"iss": ISS, "aud": AUD}
EXP = 4102444800
CLAIMS = {"iss": ISS, "aud": AUD, "sub": "alice", "iat": 1700000000, "exp": EXP}
CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1, "ES256K": ec.SECP256K1}
ORDERS = {
    "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "ES256K": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
}
L25519 = 2**252 + 27742317777372353535851937790883648493


def encode(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def seed(label, length=32):
    return hashlib.shake_256(b"countersign " + label.encode()).digest(length)


def secret(length):
    # Visible, so that the same bytes go into every implementation.
    return seed(f"secret {length}", length).hex()[:length].encode()


def own(alg):
    return jwt.get_algorithm_by_name(alg)


class Key:
    def __init__(self, alg, private, public=None):
        self.alg, self.private, self.public = alg, private, public

    def sign(self, message):
        return own(self.alg).sign(message, self.private)

    def pem(self):
        form = (s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)
        return {"form": "pem", "text": self.public.public_bytes(*form).decode()}

    def members(self, **more):
        return own(self.alg).to_jwk(self.public, as_dict=True) | more

    def jwk(self, **more):
        return {"form": "jwk", "text": json.dumps(self.members(alg=self.alg) | more)}


class Secret(Key):
    def __init__(self, alg, raw):
        super().__init__(alg, raw)

    def form(self):
        return {"form": "secret", "text": self.private.hex()}


def pair(alg, label=""):
    if alg in CURVES:
        private = ec.derive_private_key(int.from_bytes(seed(alg + label)), CURVES[alg]())
    elif alg == "EdDSA":
        private = ed25519.Ed25519PrivateKey.from_private_bytes(seed(alg + label))
    else:
        private = RSA
    return Key(alg, private, private.public_key())


RSA = rsa.generate_private_key(65537, 2048)
HS256, HS384, HS512 = (Secret(alg, secret(n)) for alg, n in (("HS256", 32), ("HS384", 48), ("HS512", 64)))
RS256, PS256, ES256, ES256K, EDDSA = (pair(alg) for alg in ("RS256", "PS256", "ES256", "ES256K", "EdDSA"))

CASES = []


def add(row, name, token, key, alg, policy=POLICY):
    CASES.append({"row": row, "name": name, "token": token, "key": key, "alg": alg, "policy": policy})


def text(value):
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def raw(header, claims, key):
    """A token of any header and any text, rightly signed."""
    message = (encode(text(header).encode()) + "." + encode(text(claims).encode())).encode()
    return message.decode() + "." + encode(key.sign(message))


def head(alg, **more):
    return {"typ": "JWT", "alg": alg} | more


def resigned(token, signature):
    return token.rsplit(".", 1)[0] + "." + encode(signature)


def good():
    keys = [HS256, HS384, HS512] + [pair(a) for a in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")]
    keys += [pair(a) for a in ("ES256", "ES384", "ES512", "ES256K", "EdDSA")]
    for key in keys:
        forms = [key.form()] if isinstance(key, Secret) else [key.pem(), key.jwk()]
        for form in forms:
            for kind, claims in (
                ("plain", CLAIMS),
                ("audiences", CLAIMS | {"aud": ["other", AUD]}),
                ("more", CLAIMS | {"nbf": 1700000000, "jti": "a1", "n": 2**70, "text": "Ævar \U0001f512", "deep": [[{}]]}),
            ):
                add("good", f"{key.alg} {form['form']} {kind}", jwt.encode(claims, key.private, key.alg), form, key.alg)
        add("good", f"{key.alg} expired", jwt.encode(CLAIMS | {"exp": 1700000001}, key.private, key.alg), forms[0], key.alg)
        other = jwt.encode(CLAIMS, Secret(key.alg, secret(80)).private if isinstance(key, Secret) else
                           RSA_OTHER if key.alg[:2] in ("RS", "PS") else pair(key.alg, "other").private, key.alg)
        add("good", f"{key.alg} of another key", other, forms[0], key.alg)
    for name, typ in (("jwt", "jwt"), ("JWT", "JWT"), ("application/jwt", "application/jwt"), ("at+jwt", "at+jwt"), ("JOSE", "JOSE")):
        add("good", f"typ {name}", raw({"typ": typ, "alg": "HS256"}, CLAIMS, HS256), HS256.form(), "HS256")
    add("good", "no typ", raw({"alg": "HS256"}, CLAIMS, HS256), HS256.form(), "HS256")
    add("good", "cty JWT", raw(head("HS256", cty="JWT"), CLAIMS, HS256), HS256.form(), "HS256")


RSA_OTHER = rsa.generate_private_key(65537, 2048)


def none():
    for alg in ("none", "None", "NONE", "nOnE", "", "HS257", "hs256", "Hs256", "RS256 ", "ES521", "HS1", "null"):
        body = raw({"typ": "JWT", "alg": alg}, CLAIMS, HS256)
        add("none", f"alg {alg!r} signed", body, HS256.form(), "HS256")
        add("none", f"alg {alg!r} unsigned", body.rsplit(".", 1)[0] + ".", HS256.form(), "HS256")
    for name, header in (("no alg", {"typ": "JWT"}), ("alg null", {"alg": None}), ("alg list", {"alg": ["HS256"]}), ("alg number", {"alg": 256})):
        add("none", name, raw(header, CLAIMS, HS256), HS256.form(), "HS256")


def confusion():
    for key in (RS256, PS256, ES256, EDDSA):
        public = key.pem()["text"]
        der = key.public.public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
        for name, stolen in (("pem", public.encode()), ("pem trimmed", public.strip().encode()), ("der", der), ("jwk", key.jwk()["text"].encode())):
            token = raw(head("HS256"), CLAIMS, HmacOf(stolen))
            add("confusion", f"{key.alg} {name} against the key", token, key.pem(), key.alg)
            add("confusion", f"{key.alg} {name} as the secret", token, {"form": "secret", "text": stolen.hex()}, "HS256")
        spaced = b"\n \t" + public.encode()
        token = raw(head("HS256"), CLAIMS, HmacOf(spaced))
        add("confusion", f"{key.alg} pem after white space as the secret", token, {"form": "secret", "text": spaced.hex()}, "HS256")


class HmacOf:
    """HMAC with what the library would refuse as a secret."""

    def __init__(self, secret, digest="sha256"):
        self.secret, self.digest = secret, digest

    def sign(self, message):
        import hmac

        return hmac.digest(self.secret, message, self.digest)


def allow_list():
    for key, labels in (
        (HS256, ("HS384", "HS512", "RS256", "EdDSA")),
        (RS256, ("RS384", "RS512", "PS256", "HS256", "ES256")),
        (PS256, ("RS256", "PS384")),
        (ES256, ("ES384", "ES256K", "RS256")),
        (EDDSA, ("ES256", "HS256", "Ed448")),
    ):
        form = key.form() if isinstance(key, Secret) else key.pem()
        for label in labels:
            add("allow-list", f"{key.alg} called {label}", raw(head(label), CLAIMS, key), form, key.alg)
            if label in ("Ed448",):
                continue
            add("allow-list", f"{key.alg} called {label}, jwk", raw(head(label), CLAIMS, key),
                {"form": "jwk", "text": json.dumps({"kty": "oct", "alg": "HS256", "k": encode(HS256.private)})} if key is HS256 else key.jwk(), key.alg)


def short_secret():
    for alg, digest, lengths in (("HS256", "sha256", (0, 1, 6, 16, 31, 32)), ("HS384", "sha384", (0, 32, 47, 48)), ("HS512", "sha512", (0, 32, 63, 64))):
        for length in lengths:
            raw_secret = secret(length)
            token = raw(head(alg), CLAIMS, HmacOf(raw_secret, digest))
            add("short-secret", f"{alg} of {length}", token, {"form": "secret", "text": raw_secret.hex()}, alg)


def ecdsa():
    for key, size in ((ES256, 32), (ES256K, 32)):
        n = ORDERS[key.alg]
        token = raw(head(key.alg), CLAIMS, key)
        signature = decode(token.rsplit(".", 1)[1])
        r, t = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
        full = lambda a, b: a.to_bytes(size) + b.to_bytes(size)
        der = key.private.sign(token.rsplit(".", 1)[0].encode(), ec.ECDSA(hashes.SHA256()))
        for name, forged in (
            ("r = s = 0", full(0, 0)), ("r = 0", full(0, t)), ("s = 0", full(r, 0)), ("r = n", full(n, t)), ("s = n", full(r, n)),
            ("r = s = n", full(n, n)), ("r = s = 1", full(1, 1)), ("all ones", b"\xff" * 64), ("der", der), ("empty", b""),
            ("a byte short", signature[:-1]), ("a byte long", signature + b"\0"), ("a byte before", b"\0" + signature), ("half", signature[:size]),
            ("swapped", signature[size:] + signature[:size]), ("other half of s", full(r, n - t)),
        ):
            add("ecdsa", f"{key.alg} {name}", resigned(token, forged), key.pem(), key.alg)


def embedded():
    attacker = pair("ES256", "attacker")
    rogue = pair("EdDSA", "attacker")
    for name, header in (
        ("jwk", {"jwk": attacker.members()}), ("jwk with kid", {"jwk": attacker.members(kid="a"), "kid": "a"}), ("jku", {"jku": "https://attacker.example/jwks"}),
        ("x5u", {"x5u": "https://attacker.example/cert"}), ("x5c", {"x5c": [encode(b"certificate")]}), ("jku and kid", {"jku": "http://127.0.0.1:9/", "kid": "a"}),
    ):
        add("embedded-key", f"{name}, attacker's", raw(head("ES256", **header), CLAIMS, attacker), ES256.pem(), "ES256")
        add("embedded-key", f"{name}, rightly signed", raw(head("ES256", **header), CLAIMS, ES256), ES256.pem(), "ES256")
        add("embedded-key", f"{name}, attacker's for EdDSA", raw(head("EdDSA", **header), CLAIMS, rogue), EDDSA.jwk(), "EdDSA")


def kid():
    jwks = {"form": "jwks", "text": json.dumps({"keys": [ES256.members(kid="2026-a", alg="ES256", use="sig"), pair("ES256", "b").members(kid="2026-b", alg="ES256", use="sig")]})}
    for value in ("2026-a", "../../../../dev/null", "/dev/null", "' OR 1=1 --", "1; DROP TABLE keys", "https://attacker.example/key", "2026-A", "2026-a\0", " 2026-a", "",
                  "a" * 257, "2026-b", 7, None, ["2026-a"], {"$ne": ""}):
        name = "257 bytes" if value == "a" * 257 else json.dumps(value)
        add("kid", f"kid {name}", raw(head("ES256", kid=value), CLAIMS, ES256), jwks, "ES256")
    add("kid", "no kid", raw(head("ES256"), CLAIMS, ES256), jwks, "ES256")


def jwe():
    part = encode(b"x" * 40)
    for name, header in (("dir", {"alg": "dir", "enc": "A256GCM"}), ("RSA-OAEP", {"alg": "RSA-OAEP", "enc": "A128CBC-HS256"}), ("zip", {"alg": "dir", "enc": "A256GCM", "zip": "DEF"}),
                         ("HS256", {"alg": "HS256", "enc": "A256GCM"}), ("PBES2", {"alg": "PBES2-HS256+A128KW", "enc": "A256GCM", "p2c": 2**31})):
        add("jwe", f"{name}, five segments", ".".join([encode(text(header).encode()), part, part, part, part]), HS256.form(), "HS256")
        add("jwe", f"{name}, empty segments", encode(text(header).encode()) + "....", HS256.form(), "HS256")
        add("jwe", f"{name}, three segments", raw(header, CLAIMS, HS256), HS256.form(), "HS256")
    add("jwe", "enc beside alg", raw(head("HS256", enc="A256GCM"), CLAIMS, HS256), HS256.form(), "HS256")
    add("jwe", "zip beside alg", raw(head("HS256", zip="DEF"), CLAIMS, HS256), HS256.form(), "HS256")


def crit():
    for name, more in (
        ("unknown", {"crit": ["x"], "x": 1}), ("missing member", {"crit": ["x"]}), ("empty", {"crit": []}), ("exp", {"crit": ["exp"], "exp": 1}), ("not an array", {"crit": "x"}),
        ("null", {"crit": None}), ("of alg", {"crit": ["alg"]}), ("of a number", {"crit": [1]}), ("twice", {"crit": ["x", "x"], "x": 1}), ("an object", {"crit": {}}), ("true", {"crit": True}),
    ):
        add("crit", f"crit {name}", raw(head("HS256", **more), CLAIMS, HS256), HS256.form(), "HS256")


def b64():
    for name, more in (
        ("false", {"b64": False}), ("false, critical", {"b64": False, "crit": ["b64"]}), ("true", {"b64": True}), ("true, critical", {"b64": True, "crit": ["b64"]}),
        ("null", {"b64": None}), ("a string", {"b64": "false"}), ("zero", {"b64": 0}),
    ):
        add("b64", f"b64 {name}", raw(head("HS256", **more), CLAIMS, HS256), HS256.form(), "HS256")
    for name, more in (("false", {"b64": False}), ("false, critical", {"b64": False, "crit": ["b64"]}), ("true, critical", {"b64": True, "crit": ["b64"]})):
        first = encode(text(head("HS256", **more)).encode())
        for kind, payload in (("unencoded", text({"exp": EXP})), ("detached", "")):
            signature = HS256.sign((first + "." + text({"exp": EXP})).encode())
            add("b64", f"b64 {name}, {kind}", first + "." + payload + "." + encode(signature), HS256.form(), "HS256", {})


def duplicates():
    body = text(CLAIMS)[1:-1]
    for name, claims in (
        ("sub", body + ',"sub":"root"'), ("the same sub", body + ',"sub":"alice"'), ("exp", body + ',"exp":4102444801'), ("aud", body + f',"aud":"{AUD}"'), ("iss", body + f',"iss":"{ISS}"'),
        ("own", body + ',"a":1,"a":2'), ("escaped name", body + ',"\\u0073ub":"root"'), ("nested", body + ',"a":{"b":1,"b":2}'), ("nested in a list", body + ',"a":[{"b":1,"b":1}]'),
        ("the empty name", body + ',"":1,"":2'), ("expired first", '"exp":1,' + body), ("expired last", body + ',"exp":1'),
    ):
        add("duplicates", f"claim {name}", raw(head("HS256"), "{" + claims + "}", HS256), HS256.form(), "HS256")
    for name, header in (("alg", '{"alg":"HS256","alg":"HS256"}'), ("alg none first", '{"alg":"none","alg":"HS256"}'), ("alg none last", '{"alg":"HS256","alg":"none"}'),
                         ("typ", '{"typ":"JWT","alg":"HS256","typ":"JWT"}'), ("own", '{"alg":"HS256","a":1,"a":1}'), ("nested", '{"alg":"HS256","a":{"b":1,"b":1}}')):
        add("duplicates", f"header {name}", raw(header, CLAIMS, HS256), HS256.form(), "HS256")


def dates():
    rest = {name: value for name, value in CLAIMS.items() if name not in ("iat", "exp")}
    for claim in ("exp", "nbf", "iat"):
        right = EXP if claim == "exp" else 1700000000
        for name, value in (
            ("string", f'"{right}"'), ("true", "true"), ("null", "null"), ("list", f"[{right}]"), ("object", "{}"), ("negative", "-1"), ("zero", "0"), ("fraction", f"{right}.5"), ("exponent", f"{right // 100}e2"),
            ("beyond a double", "1e400"), ("NaN", "NaN"), ("Infinity", "Infinity"), ("beyond 9999", "253402300800"), ("64 bits", "18446744073709551615"), ("a date", '"2100-01-01"'), ("empty", '""'), ("ahead", str(EXP + 1)),
        ):
            others = {"exp": EXP, "iat": 1700000000} | {claim: 0}
            del others[claim]
            body = text(rest | others)[1:-1] + f',"{claim}":{value}'
            add("dates", f"{claim} {name}", raw(head("HS256"), "{" + body + "}", HS256), HS256.form(), "HS256")
    add("dates", "no exp", raw(head("HS256"), rest, HS256), HS256.form(), "HS256")


def required():
    for claim, wanted in (("iss", ISS), ("aud", AUD)):
        rest = {name: value for name, value in CLAIMS.items() if name != claim}
        for name, value in (
            ("absent", ...), ("null", None), ("empty", ""), ("another", "https://other.example"), ("in capitals", wanted.upper()), ("with a slash", wanted + "/"), ("a prefix", wanted[:-1]), ("number", 7), ("true", True),
            ("empty list", []), ("list of it", [wanted]), ("list of another", ["x"]), ("list with a number", [wanted, 7]), ("list with null", [None, wanted]), ("object", {wanted: wanted}), ("nested list", [[wanted]]), ("with a space", wanted + " "),
        ):
            claims = rest if value is ... else rest | {claim: value}
            add("required", f"{claim} {name}", raw(head("HS256"), claims, HS256), HS256.form(), "HS256")
    for name, value in (("number", 7), ("null", None), ("list", ["a"]), ("object", {}), ("empty", "")):
        for claim in ("sub", "jti"):
            add("required", f"{claim} {name}", raw(head("HS256"), CLAIMS | {claim: value}, HS256), HS256.form(), "HS256")


def spelling():
    token = raw(head("HS256"), CLAIMS, HS256)
    first, second, third = token.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    tail = third[:-1] + alphabet[alphabet.index(third[-1]) + 1]
    plus = raw(head("HS256", a="\x00???>>>"), CLAIMS | {"a": "???>>>~~~"}, HS256)
    for name, spelt in (
        ("signature padded", token + "="), ("signature padded twice", token + "=="), ("trailing bits", first + "." + second + "." + tail), ("line break behind", token + "\n\n"), ("line break before", "\n" + token),
        ("line break in the signature", first + "." + second + "." + third[:9] + "\n" + third[9:]), ("line break before the last dot", first + "." + second + "\n." + third), ("a space before", " " + token), ("a space behind", token + " "),
        ("a space in the signature", first + "." + second + "." + third[:9] + " " + third[9:]), ("a tab behind", token + "\t"), ("Bearer before", "Bearer " + token), ("standard base64", plus.replace("-", "+").replace("_", "/")),
        ("a control character in the signature", first + "." + second + "." + third[:9] + "\x01" + third[9:]), ("a star in the signature", first + "." + second + "." + third[:9] + "*" + third[9:]),
        ("a fourth segment", token + "."), ("four segments", token + ".e30"), ("two segments", first + "." + second), ("no dots", first), ("nothing", ""), ("dots alone", ".."), ("quoted", f'"{token}"'), ("a zero behind", token + "\0"),
        ("in percent", token.replace(".", "%2E")), ("url-safe, unchanged", plus),
    ):
        add("spelling", name, spelt, HS256.form(), "HS256")
    for name, claims in (("payload padded", encode(text(CLAIMS | {"p": 1}).encode()) + "="), ("payload with a star", second[:5] + "*" + second[5:]), ("payload with a line break", second[:5] + "\n" + second[5:])):
        message = first + "." + claims
        add("spelling", f"{name}, signed so", message + "." + encode(HS256.sign(message.encode())), HS256.form(), "HS256")


def edwards():
    token = raw(head("EdDSA"), CLAIMS, EDDSA)
    signature = decode(token.rsplit(".", 1)[1])
    r, t = signature[:32], int.from_bytes(signature[32:], "little")
    little = lambda value: value.to_bytes(32, "little")
    for name, forged in (("s + L", r + little(t + L25519)), ("s = L", r + little(L25519)), ("s + 2L", r + little(t + 2 * L25519)), ("s = 0", r + bytes(32)), ("all zero", bytes(64)), ("all ones", b"\xff" * 64),
                         ("high bits", signature[:63] + bytes([signature[63] | 0xE0])), ("a byte short", signature[:-1]), ("a byte long", signature + b"\0"), ("empty", b""), ("swapped", signature[32:] + signature[:32])):
        add("ed25519", name, resigned(token, forged), EDDSA.pem(), "EdDSA")
    # Points of small order; under the identity, R = identity and s = 0 verify everything where that is let pass.
    for name, point in (("identity", (1).to_bytes(32, "little")), ("order 2", (2**255 - 20).to_bytes(32, "little")), ("order 4", bytes(32)),
                        ("order 8", bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
                        ("order 8, negative", bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")),
                        ("identity, not canonical", (2**255 - 18).to_bytes(32, "little")), ("no point", b"\x02" + bytes(31))):
        key = {"form": "jwk", "text": json.dumps({"kty": "OKP", "crv": "Ed25519", "x": encode(point)})}
        add("ed25519", f"key: {name}", resigned(token, (1).to_bytes(32, "little") + bytes(32)), key, "EdDSA")


def rsa_sizes():
    def number(value):
        return encode(value.to_bytes((value.bit_length() + 7) // 8))

    small = rsa.generate_private_key(65537, 1024)
    weak = Key("RS256", small, small.public_key())
    for key in (weak, Key("PS256", small, small.public_key()), Key("RS512", small, small.public_key())):
        add("rsa", f"1024 bits, {key.alg}, pem", raw(head(key.alg), CLAIMS, key), key.pem(), key.alg)
        add("rsa", f"1024 bits, {key.alg}, jwk", raw(head(key.alg), CLAIMS, key), key.jwk(), key.alg)
    token = raw(head("RS256"), CLAIMS, RS256)
    n = RS256.public.public_numbers().n
    for e in (0, 1, 2, 4, 65536):
        add("rsa", f"e = {e}", token, {"form": "jwk", "text": json.dumps({"kty": "RSA", "alg": "RS256", "n": number(n), "e": number(e) or "AA"})}, "RS256")
    add("rsa", "e = 3 is another key", token, {"form": "jwk", "text": json.dumps({"kty": "RSA", "alg": "RS256", "n": number(n), "e": "Aw"})}, "RS256")
    # With e = 1 the padded digest is its own signature.
    digest = hashlib.sha256(token.rsplit(".", 1)[0].encode()).digest()
    info = bytes.fromhex("3031300d060960864801650304020105000420") + digest
    padded = b"\0\1" + b"\xff" * (256 - 3 - len(info)) + b"\0" + info
    add("rsa", "e = 1, forged", resigned(token, padded), {"form": "jwk", "text": json.dumps({"kty": "RSA", "alg": "RS256", "n": number(n), "e": "AQ"})}, "RS256")
    for key in (RS256, PS256):
        token = raw(head(key.alg), CLAIMS, key)
        signature = decode(token.rsplit(".", 1)[1])
        for name, forged in (("a byte short", signature[:-1]), ("a zero before", b"\0" + signature), ("a zero behind", signature + b"\0"), ("plus n", (int.from_bytes(signature) + n).to_bytes(257)), ("zero", bytes(256)), ("empty", b"")):
            add("rsa", f"{key.alg} signature {name}", resigned(token, forged), key.pem(), key.alg)
    short = RSA.sign(b"x", padding.PSS(padding.MGF1(hashes.SHA256()), 0), hashes.SHA256())
    add("rsa", "PSS of another text", resigned(raw(head("PS256"), CLAIMS, PS256), short), PS256.pem(), "PS256")
    message = raw(head("PS256"), CLAIMS, PS256).rsplit(".", 1)[0]
    for name, salt in (("no salt", 0), ("a long salt", 64)):
        salted = RSA.sign(message.encode(), padding.PSS(padding.MGF1(hashes.SHA256()), salt), hashes.SHA256())
        add("rsa", f"PSS with {name}", message + "." + encode(salted), PS256.pem(), "PS256")


def sizes():
    for name, claims in (("16 KiB and more", CLAIMS | {"a": "x" * 13000}), ("a megabyte", CLAIMS | {"a": "x" * 2**20}), ("8 KiB", CLAIMS | {"a": "x" * 6000})):
        add("size", name, raw(head("HS256"), claims, HS256), HS256.form(), "HS256")
    for depth in (2, 30, 33, 100, 5000):
        body = text(CLAIMS)[:-1] + ',"a":' + "[" * depth + "]" * depth + "}"
        add("size", f"{depth} deep", raw(head("HS256"), body, HS256), HS256.form(), "HS256")
    for depth in (33, 2000):
        add("size", f"header {depth} deep", raw(text(head("HS256"))[:-1] + ',"a":' + "[" * depth + "]" * depth + "}", CLAIMS, HS256), HS256.form(), "HS256")
    add("size", "a long header", raw(head("HS256", a="x" * 5000), CLAIMS, HS256), HS256.form(), "HS256")
    for dots in (4, 5, 1000, 20000):
        add("size", f"{dots} dots", "." * dots, HS256.form(), "HS256")
    add("size", "10000 claims", raw(head("HS256"), CLAIMS | {f"c{i}": 1 for i in range(1200)}, HS256), HS256.form(), "HS256")


def pem():
    token = raw(head("ES256"), CLAIMS, ES256)
    right = ES256.pem()["text"]
    other = pair("ES256", "other").pem()["text"]
    body = right.split("-----")[2]
    private = ES256.private.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode()
    for name, written in (
        ("two blocks", right + other), ("two blocks, the right one last", other + right), ("twice", right + right), ("text before", "# key\n" + right), ("text behind", right + "rest"), ("white space around", "\n " + right + "\n\n"),
        ("label RSA PUBLIC KEY", f"-----BEGIN RSA PUBLIC KEY-----{body}-----END RSA PUBLIC KEY-----\n"), ("label CERTIFICATE", f"-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----\n"),
        ("label EC PUBLIC KEY", f"-----BEGIN EC PUBLIC KEY-----{body}-----END EC PUBLIC KEY-----\n"), ("labels that differ", f"-----BEGIN PUBLIC KEY-----{body}-----END PRIVATE KEY-----\n"), ("no end", right.split("-----END")[0]),
        ("a byte behind the key", f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(base64.b64decode(body) + bytes(1)).decode()}\n-----END PUBLIC KEY-----\n"), ("of another curve", pair("ES384").pem()["text"]),
        ("of RSA", RS256.pem()["text"]), ("empty", ""), ("the body alone", body), ("one line", right.replace("\n", "")), ("CRLF", right.replace("\n", "\r\n")), ("the private key", private),
    ):
        add("pem", name, token, {"form": "pem", "text": written}, "ES256")


def jwk():
    token = raw(head("ES256"), CLAIMS, ES256)
    right = ES256.members()
    x, y = decode(right["x"]), decode(right["y"])
    for name, members in (
        ("without alg", right), ("use sig", right | {"use": "sig"}), ("use enc", right | {"use": "enc"}), ("key_ops verify", right | {"key_ops": ["verify"]}), ("key_ops encrypt", right | {"key_ops": ["encrypt"]}), ("key_ops sign", right | {"key_ops": ["sign"]}),
        ("another alg", right | {"alg": "ES384"}), ("another curve", right | {"crv": "P-384"}), ("a misspelt curve", right | {"crv": "p-256"}), ("no curve", {k: v for k, v in right.items() if k != "crv"}), ("off the curve", right | {"y": encode(bytes([y[0] ^ 1]) + y[1:])}),
        ("x = y = 0", right | {"x": encode(bytes(32)), "y": encode(bytes(32))}), ("x short", right | {"x": encode(x[:31])}), ("x long", right | {"x": encode(b"\0" + x)}), ("y missing", {k: v for k, v in right.items() if k != "y"}), ("x padded", right | {"x": right["x"] + "="}),
        ("kty RSA", right | {"kty": "RSA"}), ("kty missing", {k: v for k, v in right.items() if k != "kty"}), ("kty oct", {"kty": "oct", "k": right["x"]}), ("x a number", right | {"x": 1}), ("unknown member", right | {"own": 1}),
    ):
        add("jwk", name, token, {"form": "jwk", "text": json.dumps(members)}, "ES256")
    named = raw(head("ES256", kid="a"), CLAIMS, ES256)
    private = own("ES256").to_jwk(ES256.private, as_dict=True)
    for name, keys in (
        ("set", [right | {"kid": "a", "alg": "ES256"}]), ("set with a private key", [private | {"kid": "a", "alg": "ES256"}]), ("set with a key for encryption", [right | {"kid": "a", "use": "enc", "alg": "ES256"}]),
        ("set with an unknown kind", [{"kty": "new", "kid": "x"}, right | {"kid": "a", "alg": "ES256"}]), ("set with a secret", [{"kty": "oct", "kid": "a", "k": encode(secret(32)), "alg": "HS256"}]), ("empty set", []),
        ("set with one name twice", [right | {"kid": "a", "alg": "ES256"}, pair("ES256", "b").members(kid="a", alg="ES256")]),
    ):
        add("jwk", name, named, {"form": "jwks", "text": json.dumps({"keys": keys})}, "ES256")


def changed():
    chance = random.Random(2026)
    for key, count in ((HS256, 10), (RS256, 10), (ES256, 15), (EDDSA, 15)):
        token = raw(head(key.alg), CLAIMS, key)
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        # Not the last character, which has bits of no meaning: those are in the row of spellings.
        places = [at for at in range(len(token) - 1) if token[at] != "."]
        for at in chance.sample(places[: places.index(len(token) - 20)], count):
            letter = alphabet[(alphabet.index(token[at]) + chance.randrange(1, 64)) % 64]
            add("bytes", f"{key.alg} at {at}", token[:at] + letter + token[at + 1 :], key.form() if isinstance(key, Secret) else key.pem(), key.alg)


def make():
    for row in (good, none, confusion, allow_list, short_secret, ecdsa, embedded, kid, jwe, crit, b64, duplicates, dates, required, spelling, edwards, rsa_sizes, sizes, pem, jwk, changed):
        row()
    return CASES


def read(key, alg, token):
    if key["form"] == "secret":
        return bytes.fromhex(key["text"])
    if key["form"] == "pem":
        return key["text"]
    if key["form"] == "jwk":
        return jwt.PyJWK.from_json(key["text"], alg)
    return jwt.PyJWKSet.from_json(key["text"])[jwt.get_unverified_header(token)["kid"]]


def judge(case):
    policy, alg, token = case["policy"], case["alg"], case["token"]
    options = {"require": ["exp"], "verify_aud": "aud" in policy}
    try:
        jwt.decode(token, read(case["key"], alg, token), [alg], options, audience=policy.get("aud"), issuer=policy.get("iss"))
        return "accepted"
    except Exception as error:  # What is not its own refuses too.
        return type(error).__name__


question = json.load(sys.stdin)
print(json.dumps(make() if question["do"] == "make" else [judge(case) for case in question["cases"]]))
