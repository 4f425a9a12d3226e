"""Client authentication at the token and revocation endpoints: OAuth 2.1 §2.4, RFC 6749 §2.3."""

import hmac
from base64 import b64decode
from binascii import Error as BadBase64
from dataclasses import dataclass
from urllib.parse import unquote_plus

from consentry.clients.model import Client
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.tokens import Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who a request says it comes from, and the secrets that it may have shown (in either reading)."""

    client_ids: tuple[str, ...]
    secrets: tuple[Secret, ...]
    basic: bool


def read(authorization: str | None, params: Params) -> Credentials | Refusal:
    """The credentials in the header or in the form; both at once are refused (OAuth 2.1 §2.4)."""
    client_id, secret = params.get("client_id"), params.get("client_secret")
    if authorization is None or not authorization.lower().startswith("basic "):
        if client_id is None:
            return Refusal("invalid_client", "The request names no client: send client_id.", "client:absent")
        return Credentials((client_id,), (Secret(secret),) if secret else (), basic=False)
    pair = _basic(authorization)
    if pair is None:
        return Refusal("invalid_client", "The Authorization header cannot be read.", "client:basic_malformed")
    if secret is not None:
        return Refusal(
            "invalid_request",
            "The client secret is given twice: in the Authorization header and in the body.",
            "client:two_methods",
        )
    user, password = pair
    # RFC 6749 §2.3.1 form-encodes both; some clients do not. Our ids and secrets read the same either way.
    client_ids = tuple(dict.fromkeys((unquote_plus(user), user)))
    if client_id is not None and client_id not in client_ids:
        return Refusal("invalid_request", "The request names two different clients.", "client:two_ids")
    secrets = tuple(Secret(text) for text in dict.fromkeys((unquote_plus(password), password)) if text)
    return Credentials(client_ids, secrets, basic=True)


def check(credentials: Credentials, client: Client | None) -> Refusal | None:
    """Whether the request may act as this client."""
    if client is None:
        return Refusal("invalid_client", "This client is not registered here: register again.", "client:unknown")
    if client.secret_digest is None:
        # A public client that sends a secret nobody gave it (clients.md 3.1) is no less public for it.
        return None
    if any(hmac.compare_digest(secret.digest(), client.secret_digest) for secret in credentials.secrets):
        return None
    return Refusal("invalid_client", "The client secret is missing or wrong.", "client:secret")


def _basic(authorization: str) -> tuple[str, str] | None:
    try:
        text = b64decode(authorization[6:].strip(), validate=True).decode()
    except (BadBase64, ValueError):
        return None
    user, colon, password = text.partition(":")
    return (user, password) if colon and user else None
