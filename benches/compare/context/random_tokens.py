"""Random tokens of 32 bytes by Python's secrets: python3 random_tokens.py ROUNDS."""

import secrets
import sys

from timing import measure

OPERATIONS = {
    "token_urlsafe": lambda: secrets.token_urlsafe(32),
    "token_hex": lambda: secrets.token_hex(32),
    "token_bytes": lambda: secrets.token_bytes(32),
}

measure("", "Python's secrets", OPERATIONS, int(sys.argv[1]))
