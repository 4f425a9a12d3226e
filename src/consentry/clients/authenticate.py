"""Client authentication at the token and revocation endpoints: OAuth 2.1 §2.4, RFC 6749 §2.3."""

import hmac
from base64 import b64decode
from binascii import Error as BadBase64
from urllib.parse import unquote_plus

from consentry.clients import assertion as assertions
from consentry.clients.assertion import Assertion
from consentry.clients.model import Client
from consentry.spec.errors import Refusal
from consentry.spec.jose import Jwks
from consentry.spec.params import Params
from consentry.tokens import Secret
from consentry.values import frozen


@frozen
class Credentials:
    """Who a request says it comes from, and what it shows for it: secrets (in either reading), or an assertion."""

    client_ids: tuple[str, ...]
    secrets: tuple[Secret, ...] = ()
    assertion: Assertion | None = None


def read(authorization: str | None, params: Params) -> Credentials | Refusal:
    """The credentials in the header or in the form; two methods at once are refused (OAuth 2.1 §2.4)."""
    basic = authorization if authorization is not None and authorization.lower().startswith("basic ") else None
    secret, signed = params.get("client_secret"), params.get("client_assertion")
    if sum(shown is not None for shown in (basic, secret, signed)) > 1:
        return Refusal(
            "invalid_request",
            "The client proves itself in two ways at once: send an Authorization header, a client_secret or a "
            "client_assertion.",
            "client:two_methods",
        )
    if basic is not None:
        return _of_header(basic, params.get("client_id"))
    if signed is not None:
        return _of_assertion(params.get("client_assertion_type"), signed, params.get("client_id"))
    client_id = params.get("client_id")
    if client_id is None:
        return Refusal("invalid_client", "The request names no client: send client_id.", "client:absent")
    return Credentials((client_id,), (Secret(secret),) if secret else ())


def check(credentials: Credentials, client: Client | None, now: int, keys: Jwks | None = None) -> Refusal | None:
    """Whether the request may act as this client; `keys` are those that an assertion may be signed with."""
    if client is None:
        return Refusal("invalid_client", "This client is not registered here: register again.", "client:unknown")
    match client.auth_method:
        case "none":
            # A public client that sends a secret nobody gave it (clients.md 3.1) is no less public for it; nor is one
            # that signs as it may elsewhere.
            return None
        case "client_secret_basic" | "client_secret_post":
            digests = client.secret_digests(now)
            if any(hmac.compare_digest(shown.digest(), kept) for shown in credentials.secrets for kept in digests):
                return None
            return Refusal("invalid_client", "The client secret is missing or wrong.", "client:secret")
        case "private_key_jwt":
            if credentials.assertion is None or keys is None:
                description = "This client proves itself by private_key_jwt: send a client_assertion."
                return Refusal("invalid_client", description, "client:assertion:absent")
            return assertions.verify(credentials.assertion, keys)


def _of_header(basic: str, client_id: str | None) -> Credentials | Refusal:
    pair = _basic(basic)
    if pair is None:
        return Refusal("invalid_client", "The Authorization header cannot be read.", "client:basic_malformed")
    user, password = pair
    # RFC 6749 §2.3.1 form-encodes both; some clients do not. Our ids and secrets read the same either way.
    client_ids = tuple(dict.fromkeys((unquote_plus(user), user)))
    if client_id is not None and client_id not in client_ids:
        return _two_ids()
    secrets = tuple(Secret(text) for text in dict.fromkeys((unquote_plus(password), password)) if text)
    return Credentials(client_ids, secrets)


def _of_assertion(kind: str | None, signed: str, client_id: str | None) -> Credentials | Refusal:
    """client_id may be left out: the assertion names it (RFC 7521 §4.2)."""
    read_ = assertions.read(kind, signed)
    if isinstance(read_, Refusal):
        return read_
    if client_id is not None and client_id != read_.client_id:
        return _two_ids()
    return Credentials((read_.client_id,), assertion=read_)


def _two_ids() -> Refusal:
    return Refusal("invalid_request", "The request names two different clients.", "client:two_ids")


def _basic(authorization: str) -> tuple[str, str] | None:
    try:
        text = b64decode(authorization[6:].strip(), validate=True).decode()
    except (BadBase64, ValueError):
        return None
    user, colon, password = text.partition(":")
    # No client_id holds a NUL (RFC 6749 §A), and PostgreSQL cannot look one up.
    return (user, password) if colon and user and "\0" not in unquote_plus(user) + user else None
