"""Does what it is asked in JSON on its standard input, a list of steps, and prints the list of answers.

Keys travel as text in a named format: pkcs8, spki, pkcs1 and sec1 are PEM, jwk is JSON, raw is a secret.

PyJWT has no ML-DSA, but lets algorithms be registered: the three are made here from what `cryptography` has,
so that they meet an implementation that is not ours too.
"""

import base64
import json
import secrets
import sys

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from jwt.algorithms import get_default_algorithms

OWN = sorted(get_default_algorithms())
CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1, "ES256K": ec.SECP256K1}


def encode(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class MlDsa(jwt.algorithms.Algorithm):
    """RFC 9964: the key type is AKP, its private part the seed, the signature over the input as it stands."""

    def __init__(self, name):
        self.name = name
        self.private = getattr(mldsa, name.replace("-", "") + "PrivateKey")
        self.public = getattr(mldsa, name.replace("-", "") + "PublicKey")

    def prepare_key(self, key):
        if not isinstance(key, str):
            return key
        if "PRIVATE" in key:
            return s.load_pem_private_key(key.encode(), None)
        return s.load_pem_public_key(key.encode())

    def sign(self, msg, key):
        return key.sign(msg)

    def verify(self, msg, key, sig):
        try:
            key.verify(sig, msg)
        except InvalidSignature:
            return False
        return True

    def to_jwk(self, key, as_dict=False):
        public = key.public_key() if isinstance(key, self.private) else key
        jwk = {"kty": "AKP", "alg": self.name, "pub": encode(public.public_bytes_raw())}
        if public is not key:
            jwk["priv"] = encode(key.private_bytes_raw())
        return jwk if as_dict else json.dumps(jwk)

    def from_jwk(self, jwk):
        jwk = json.loads(jwk)
        assert (jwk["kty"], jwk["alg"]) == ("AKP", self.name)
        public = self.public.from_public_bytes(decode(jwk["pub"]))
        if "priv" not in jwk:
            return public
        private = self.private.from_seed_bytes(decode(jwk["priv"]))
        assert private.public_key().public_bytes_raw() == public.public_bytes_raw()
        return private


for parameters in ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87"):
    jwt.register_algorithm(parameters, MlDsa(parameters))


def read(alg, form, key):
    return jwt.get_algorithm_by_name(alg).from_jwk(key) if form == "jwk" else key


def sign(alg, key, claims, kid=None):
    return jwt.encode(claims, key, alg, None if kid is None else {"kid": kid})


def verify(token, key, alg):
    options = {"require": ["exp", "iat", "iss", "aud", "sub"]}
    expected = {"audience": "https://api.example", "issuer": "https://issuer.example"}
    try:
        return {"claims": jwt.decode(token, key, [alg], options, **expected)}
    except jwt.InvalidTokenError as error:
        return {"refused": type(error).__name__}


def make_secret(alg, claims, kid):
    raw = secrets.token_hex(32)
    jwk = jwt.get_algorithm_by_name(alg).to_jwk(raw.encode())
    formats = {"raw": raw, "jwk": jwk}
    return {"token": sign(alg, raw, claims, kid), "private": formats, "public": formats}


def generate(alg):
    if alg in CURVES:
        return ec.generate_private_key(CURVES[alg]())
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if alg.startswith("ML-DSA"):
        return getattr(mldsa, alg.replace("-", "") + "PrivateKey").generate()
    return rsa.generate_private_key(65537, 2048)


def make(alg, claims, kid=None):
    if alg.startswith("HS"):
        return make_secret(alg, claims, kid)
    key = generate(alg)
    own = jwt.get_algorithm_by_name(alg)
    named = {} if kid is None else {"kid": kid, "alg": alg, "use": "sig"}

    def private(form):
        return key.private_bytes(s.Encoding.PEM, form, s.NoEncryption()).decode()

    def public(form):
        return key.public_key().public_bytes(s.Encoding.PEM, form).decode()

    answer = {
        "token": sign(alg, key, claims, kid),
        "private": {"pkcs8": private(s.PrivateFormat.PKCS8), "jwk": own.to_jwk(key)},
        "public": {
            "spki": public(s.PublicFormat.SubjectPublicKeyInfo),
            "jwk": json.dumps(own.to_jwk(key.public_key(), as_dict=True) | named),
        },
    }
    if alg in CURVES:
        answer["private"]["sec1"] = private(s.PrivateFormat.TraditionalOpenSSL)
    if isinstance(key, rsa.RSAPrivateKey):
        answer["private"]["pkcs1"] = private(s.PrivateFormat.TraditionalOpenSSL)
        answer["public"]["pkcs1"] = public(s.PublicFormat.PKCS1)
    return answer


def verify_with_set(alg, jwks, token):
    keys = jwt.PyJWKSet.from_json(jwks)
    try:
        return verify(token, keys[jwt.get_unverified_header(token)["kid"]], alg)
    except KeyError as error:
        return {"refused": type(error).__name__}


STEPS = {
    "algorithms": lambda: OWN,
    "make": make,
    "sign": lambda alg, format, key, claims: sign(alg, read(alg, format, key), claims),
    "verify": lambda alg, format, key, token: verify(token, read(alg, format, key), alg),
    "verifyWithSet": verify_with_set,
}

print(json.dumps([STEPS[step.pop("do")](**step) for step in json.load(sys.stdin)]))
