"""User codes: RFC 8628 §6.1. Eight consonants that make no words and look like no digits, in two groups of four."""

# 20^8 are 34 bits: beyond guessing in ten minutes, given that guesses are few (§5.1).
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
# What people and their keyboards put between the groups: spaces, full stops, hyphens and dashes of every length.
_FILLING = frozenset(" \t._-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")


def of_number(number: int) -> str:
    """A code out of randomness: any number of at least 2^64 is as good as evenly spread."""
    letters = []
    for _ in range(LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def parse(text: str) -> str | None:
    """What a person typed to the code it means; None where it cannot be one. Case and hyphens do not matter (§6.1)."""
    if len(text) > 64:
        return None
    code = "".join(char for char in text if char not in _FILLING).upper()
    return code if len(code) == LENGTH and all(char in ALPHABET for char in code) else None


def render(code: str) -> str:
    """As a device shows it."""
    return f"{code[:4]}-{code[4:]}"
