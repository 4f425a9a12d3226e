"""Client ID Metadata Documents: a client whose client_id is the URL of a document about it (CIMD §3-§4)."""

import json
import re
from collections.abc import Mapping
from typing import Literal, cast
from urllib.parse import urlsplit

from consentry.clients import metadata as rules
from consentry.clients import proving
from consentry.clients.model import DEFAULT_GRANT_TYPES, AuthMethod, Client, Json
from consentry.clients.policy import RegistrationPolicy
from consentry.spec import uris
from consentry.spec.errors import Refusal
from consentry.spec.retrieval import Bounds, Fetched

LONGEST_URL = 1000
BOUNDS = Bounds(most_bytes=5 * 1024, seconds=10.0, accept="application/json")  # CIMD §6.6
# §6.2: neither a secret nor anything that would prove one.
_SECRETS = ("client_secret", "client_secret_expires_at")
_SHARED_SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post", "client_secret_jwt"})
_METHODS: tuple[AuthMethod, ...] = ("none", "private_key_jwt")
_DOT_SEGMENT = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
_JSON_TYPE = re.compile(r"application/(?:json|[a-z0-9.!#$&^_-]+\+json)")
# What stands at the address is not a document about this client: an error page, say, or a sign-in of a network on the
# way. After any other refusal it is the client's own document, and cannot be used any more.
NOT_ITS_DOCUMENT = frozenset({"document:media_type", "document:json", "document:client_id"})


def is_url(client_id: str) -> bool:
    """Whether it means a document. What we generate ourselves begins otherwise (CIMD §3)."""
    return client_id.lower().startswith(("https://", "http://"))


def url_fault(client_id: str, *, loopback: bool) -> str | None:
    """What keeps a URL from being a client_id, in words (CIMD §3); `loopback` allows http on this very machine."""
    if len(client_id) > LONGEST_URL:
        return f"it is longer than {LONGEST_URL} characters"
    parts = uris.split(client_id)
    if parts is None or not parts.hostname:
        return "it is no absolute URL"
    if parts.scheme != "https" and not (loopback and uris.is_loopback(parts)):
        return "it must be https"
    if "#" in client_id:
        return "it has a fragment"
    if "@" in parts.netloc:
        return "it holds a user name or password"
    if parts.path in {"", "/"}:
        return "it has no path"
    if _DOT_SEGMENT.search(parts.path):
        return "its path has dot segments"
    return None


def host(client_id: str) -> str | None:
    """Who stands behind a document, for a person to read (CIMD §6.4); None where it is no document."""
    return urlsplit(client_id).netloc.lower() if is_url(client_id) else None


def text_of(fetched: Fetched) -> str | Refusal:
    """The document as text, where it is offered as JSON: on a host for everybody's files, what is served as plain text
    is not that host's word."""
    if not _JSON_TYPE.fullmatch(fetched.media_type):
        said = fetched.media_type or "nothing"
        return _refusal(f"The document is served as {said}, and must be application/json.", "media_type")
    try:
        return fetched.body.decode()
    except UnicodeDecodeError:
        return _refusal("The document is not JSON in UTF-8.", "json")


def read(client_id: str, text: str, policy: RegistrationPolicy, now: int) -> Client | Refusal:
    """The client that a document describes, or why it cannot be used (CIMD §4.1)."""
    document = parse(text)
    if isinstance(document, Refusal):
        return document
    if document.get("client_id") != client_id:  # simple string comparison
        return _refusal("The document names another client_id than its own URL.", "client_id")
    if any(document.get(name) is not None for name in _SECRETS):
        return _refusal("The document holds a client secret, which everybody can read.", "secret")
    method = _auth_method(document)
    if isinstance(method, Refusal):
        return method
    keys = proving.read(document, method)
    if isinstance(keys, str):
        return _refusal(keys, "keys")
    usable = _redirect_uris(document, policy)
    if isinstance(usable, Refusal):
        return usable
    # The methods are seen to; of grants, what we do not offer is left out (RFC 7591 §2).
    metadata = rules.without_odd_links(document)
    metadata.pop("token_endpoint_auth_method", None)
    fault = rules.fault(metadata)
    if fault:
        return _refusal(fault, "metadata")
    return Client(
        id=client_id,
        name=cast("str", metadata.get("client_name") or ""),
        redirect_uris=usable,
        grant_types=rules.grant_types(metadata.get("grant_types"), policy) or DEFAULT_GRANT_TYPES,
        auth_method=method,
        source="document",
        created_at=now,
        application_type=cast("Literal['web', 'native'] | None", metadata.get("application_type")),
        scope=cast("str | None", metadata.get("scope")) or None,
        metadata=rules.echoed(metadata),
        jwks=keys.jwks,
        jwks_uri=keys.jwks_uri,
        pending=policy.vets_documents,
    )


def parse(text: str) -> dict[str, Json] | Refusal:
    """A JSON object."""
    try:
        parsed = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return _refusal("The document is not JSON.", "json")
    return parsed if isinstance(parsed, dict) else _refusal("The document is not a JSON object.", "json")


def _auth_method(document: Mapping[str, Json]) -> AuthMethod | Refusal:
    """`token_endpoint_auth_method`, or in its absence the best of `token_endpoint_auth_methods_supported`, which
    several clients publish. Nothing said means none, since a document cannot hold the secret that RFC 7591 §2 means."""
    one, several = document.get("token_endpoint_auth_method"), document.get("token_endpoint_auth_methods_supported")
    named = [*([one] if one is not None else []), *(several if isinstance(several, list) else [])]
    if any(name in _SHARED_SECRET_METHODS for name in named if isinstance(name, str)):
        return _refusal("The document names a method that needs a shared secret, which it cannot have.", "auth_method")
    offered = [one] if one is not None else named or ["none"]
    for method in _METHODS:
        if method in offered:
            return method
    return _refusal(f"token_endpoint_auth_method must be one of {', '.join(_METHODS)}.", "auth_method_unsupported")


def _redirect_uris(document: Mapping[str, Json], policy: RegistrationPolicy) -> tuple[str, ...] | Refusal:
    """Those that may be used here. A document is for every server in the world: what is not for ours is left out."""
    given, kind = document.get("redirect_uris"), document.get("application_type")
    if not isinstance(given, list) or not given:
        return _refusal("redirect_uris must be a list with at least one URI.", "redirect_uris")
    if len(given) > uris.MOST_REDIRECT_URIS:
        return _refusal(f"redirect_uris must have at most {uris.MOST_REDIRECT_URIS} entries.", "redirect_uris")
    application_type = kind if isinstance(kind, str) else None
    faults = {uri: rules.redirect_uri_fault(uri, application_type, policy) for uri in given if isinstance(uri, str)}
    usable = tuple(uri for uri, fault in faults.items() if fault is None)
    if usable:
        return usable
    why = next((fault for fault in faults.values() if fault), "is not text")
    return _refusal(f"None of its redirect_uris can be used here: the first {why}.", "redirect_uris")


def _refusal(sentence: str, reason: str) -> Refusal:
    return Refusal("invalid_client", sentence, f"document:{reason}")


def _no_constant(name: str) -> None:
    raise ValueError(name)
