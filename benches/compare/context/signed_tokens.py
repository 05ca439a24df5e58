"""Signed tokens by PyJWT, with the claims and keys of src/token.rs and src/material.rs.

python3 signed_tokens.py ROUNDS
"""

import sys
import time

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from timing import measure

SECRET = bytes([7] * 32)
ISSUER = "https://login.example.com"
AUDIENCE = "https://api.example.com"

now = int(time.time())
claims = {
    "iss": ISSUER,
    "sub": "user-1234567890",
    "aud": AUDIENCE,
    "exp": now + 3600,
    "iat": now,
    "nbf": now,
    "jti": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "scope": "read:orders write:orders",
    "role": "subscriber",
}
private = Ed25519PrivateKey.from_private_bytes(SECRET)
public = private.public_key()
hmac_token = jwt.encode(claims, SECRET, algorithm="HS256")
ed25519_token = jwt.encode(claims, private, algorithm="EdDSA")


def verification(token, key, algorithm):
    def verify():
        return jwt.decode(token, key, algorithms=[algorithm], issuer=ISSUER, audience=AUDIENCE)

    assert verify() == claims
    return verify


operations = {
    "HS256 verify": verification(hmac_token, SECRET, "HS256"),
    "HS256 sign": lambda: jwt.encode(claims, SECRET, algorithm="HS256"),
    "EdDSA verify": verification(ed25519_token, public, "EdDSA"),
}
measure("rust_crypto", "PyJWT", operations, int(sys.argv[1]))
