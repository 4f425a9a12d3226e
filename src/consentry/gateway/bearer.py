"""The bearer token of a request: RFC 6750 §2, of which only §2.1 (the header) is taken."""

from collections.abc import Sequence
from enum import Enum, auto
from urllib.parse import parse_qsl

from consentry.formats import Bearer, recognise


class NoBearer(Enum):
    """Why there is no token to look up."""

    ABSENT = auto()
    UNRECOGNISED = auto()  # cannot be one of ours, so a stranger's guess costs no look-up
    IN_QUERY = auto()
    REPEATED = auto()


Credential = Bearer | NoBearer


def parse_bearer(authorization: Sequence[str], query: bytes) -> Credential:
    """The token out of all Authorization headers and the raw query, or why there is none."""
    in_query = _carries_token(query)
    if len(authorization) > 1:
        return NoBearer.REPEATED
    scheme, _, token = authorization[0].strip().partition(" ") if authorization else ("", "", "")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:  # RFC 9110 §11.1: a scheme's case does not matter
        return NoBearer.IN_QUERY if in_query else NoBearer.ABSENT
    # RFC 6750 §2: "Clients MUST NOT use more than one method"; a comma is two headers joined on the way.
    if in_query or "," in token:
        return NoBearer.REPEATED
    return recognise(token) or NoBearer.UNRECOGNISED


def _carries_token(query: bytes) -> bool:
    # Names are decoded first: `access%5Ftoken` is the same parameter to whoever stands behind us.
    return bool(query) and any(
        name == "access_token" for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    )
