"""What PyJWT takes and refuses: reads the questions and prints its version and outcomes.

A case has a list of two outcomes, without and with what PyJWT can be told. Shapes are measured, where there are any.
"""

import json
import sys
import time
import warnings

import jwt

QUESTION = json.load(sys.stdin)
RUNS = 3
TOLD = {"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True}


def key_of(case):
    """The key, and the algorithm."""
    if "secret" in case["key"]:
        return bytes.fromhex(case["key"]["secret"]), "HS256"
    jwk = jwt.PyJWK.from_json(case["key"]["jwk"])
    return jwk, "HS256" if jwk.key_type == "oct" else "EdDSA"


def verify(case, told):
    key, algorithm = key_of(case)
    library = jwt.PyJWT(options=TOLD if told else None)
    return library.decode(
        case["token"], key, algorithms=[algorithm], issuer=QUESTION["issuer"], audience=QUESTION["audience"]
    )


def refusal(ask, error):
    said = f"{type(error).__name__}: {error}"
    if ask == "words":
        return {"verdict": "out", "note": said}
    own = isinstance(error, jwt.PyJWTError)
    return {"verdict": "out", "note": "" if own else "by an error that is not its own"}


def judge(case, told):
    ask = case["ask"]
    if ask == "struct":
        return {"verdict": "none", "note": ""}
    try:
        if ask == "debug":
            key = key_of(case)[0].key
            secret = QUESTION["secret"].encode()
            return {"verdict": "shown" if repr(secret) in repr(key) else "redacted", "note": ""}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            claims = verify(case, told)
    except Exception as error:
        return refusal(ask, error)
    note = "with a warning" if caught else ""
    if ask == "role":
        note = {"reader": "first wins", "admin": "last wins"}.get(claims.get("role"), "neither comes out")
    return {"verdict": "in", "note": note}


def measure(shape):
    token = shape["prefix"] + shape["unit"] * shape["times"] + shape["suffix"]
    case = {**QUESTION["cases"][0], "token": token}
    least = float("inf")
    for _ in range(RUNS):
        started = time.perf_counter()
        outcome = judge(case, False)
        least = min(least, (time.perf_counter() - started) * 1000)
        assert outcome["verdict"] == "out", shape["label"]
    return least


print(
    json.dumps(
        {
            "version": jwt.__version__,
            "outcomes": [[judge(case, told) for told in (False, True)] for case in QUESTION["cases"]],
            "milliseconds": [measure(shape) for shape in QUESTION["shapes"]],
        }
    )
)
