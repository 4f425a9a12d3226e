"""Client metadata as a stranger sends it: RFC 7591 §2. What is wrong with it, and what of it is kept."""

import re
from collections.abc import Mapping
from typing import cast

from consentry.clients import openid
from consentry.clients.model import AUTH_METHODS, DEFAULT_GRANT_TYPES, DEVICE_CODE, GRANT_TYPES, Json
from consentry.clients.policy import RegistrationPolicy
from consentry.spec import scopes, uris

LONGEST_TEXT = 500
MOST_TRANSLATIONS = 50
# RFC 7591 §2, members that are kept and given back as they came. Unknown ones are ignored.
_PAGES = ("client_uri", "logo_uri", "tos_uri", "policy_uri")
_ECHOED_TEXT = (*_PAGES, "software_id", "software_version", *openid.ECHOED)
# RFC 7591 §2.2: `client_name#ja-Jpan-JP`, a language tag of BCP 47 behind the name.
_TRANSLATED = re.compile(rf"(client_name|{'|'.join(_PAGES)})#[A-Za-z]{{1,8}}(?:-[A-Za-z0-9]{{1,8}}){{0,7}}")


def redirect_uris_fault(given: Json, application_type: Json, policy: RegistrationPolicy) -> str | None:
    """In words, what keeps these redirection URIs from being registered."""
    if not isinstance(given, list) or not given:
        return "redirect_uris must be a list with at least one URI."
    if len(given) > uris.MOST_REDIRECT_URIS:
        return f"redirect_uris must have at most {uris.MOST_REDIRECT_URIS} entries."
    for position, uri in enumerate(given, 1):
        if not isinstance(uri, str):
            return f"redirect_uris: entry {position} is not text."
        kind = application_type if isinstance(application_type, str) else None
        fault = redirect_uri_fault(uri, kind, policy)
        if fault:
            return f"redirect_uris: entry {position} {fault}."
    return None


def needs_no_redirect(metadata: Mapping[str, Json]) -> bool:
    """Whether people are never led back to it, as to a device: RFC 7591 §2 wants redirection URIs of the others."""
    asked = metadata.get("grant_types")
    return isinstance(asked, list) and DEVICE_CODE in asked and "authorization_code" not in asked


def redirect_uri_fault(uri: str, application_type: str | None, policy: RegistrationPolicy) -> str | None:
    """The same for one of them, in words that follow its name."""
    fault = uris.redirect_uri_fault(uri, application_type, policy.private_schemes)
    if fault is None and not policy.trusts(uri):
        return "leads to a host that the operator does not trust: ask the operator to add it"
    return fault


def fault(metadata: Mapping[str, Json]) -> str | None:
    """In words, what is wrong with any other member."""
    translated = _translated(metadata)
    if len(translated) > MOST_TRANSLATIONS:
        return f"There must be at most {MOST_TRANSLATIONS} members with a language tag."
    names = ("client_name", "scope", "token_endpoint_auth_method", "application_type", *_ECHOED_TEXT, *translated)
    for name in names:
        value = metadata.get(name)
        if value is not None and not (isinstance(value, str) and len(value) <= LONGEST_TEXT and _storable(value)):
            return f"{name} must be text of at most {LONGEST_TEXT} characters."
    for name in (*_PAGES, *translated):
        if not name.startswith("client_name") and not _is_page(cast("str | None", metadata.get(name))):
            return f"{name} must be an https (or http) address, or be left out."
    return _choices_fault(metadata)


def _choices_fault(metadata: Mapping[str, Json]) -> str | None:
    if metadata.get("token_endpoint_auth_method") not in {None, "", *AUTH_METHODS}:
        return f"token_endpoint_auth_method must be one of {', '.join(AUTH_METHODS)}."
    # OpenID Connect Registration §2.
    if metadata.get("application_type") not in {None, "web", "native"}:
        return "application_type must be web or native."
    if scopes.parse(cast("str | None", metadata.get("scope"))) is None:
        return "scope must be a list of scopes with spaces between them."
    for name in ("grant_types", "response_types", "contacts"):
        if not _is_text_list(metadata.get(name)):
            return f"{name} must be a list of texts."
    asked = metadata.get("grant_types")
    if needs_no_redirect(metadata):
        return None
    if isinstance(asked, list) and asked and "authorization_code" not in asked:
        return f"grant_types must include authorization_code or {DEVICE_CODE}."
    response_types = metadata.get("response_types")
    if isinstance(response_types, list) and response_types and "code" not in response_types:
        return "response_types must include code."
    return None


def grant_types(given: Json, policy: RegistrationPolicy) -> tuple[str, ...]:
    """RFC 7591 §2 ignores what is not supported; a client that names none gets the usual ones (§3.2.1 lets us)."""
    if not isinstance(given, list) or not given:
        return DEFAULT_GRANT_TYPES
    return tuple(name for name in GRANT_TYPES if name in given and (name != DEVICE_CODE or policy.admits_devices))


def without_odd_links(metadata: Mapping[str, Json]) -> dict[str, Json]:
    """Less what links to no web page: who publishes a document is not there to be told of it."""
    return {
        name: value
        for name, value in metadata.items()
        if not (name.partition("#")[0] in _PAGES and isinstance(value, str) and not _is_page(value))
    }


def echoed(metadata: Mapping[str, Json]) -> dict[str, Json]:
    """What is kept for the client's own sake, and given back as it came."""
    names = (*_ECHOED_TEXT, "contacts", *_translated(metadata))
    return {name: metadata[name] for name in names if metadata.get(name)}


def _translated(metadata: Mapping[str, Json]) -> list[str]:
    return [name for name in metadata if _TRANSLATED.fullmatch(name)]


def _is_page(uri: str | None) -> bool:
    """RFC 7591 §2 wants a web page; what else an address may be (`javascript:`) is nobody's to link to."""
    if not uri:
        return True
    parts = uris.split(uri)
    return parts is not None and parts.scheme in {"https", "http"} and bool(parts.hostname)


def _is_text_list(value: Json) -> bool:
    if value is None:
        return True
    return (
        isinstance(value, list)
        and len(value) <= 20
        and all(isinstance(entry, str) and len(entry) <= LONGEST_TEXT and _storable(entry) for entry in value)
    )


def _storable(text: str) -> bool:
    """Lone surrogates are valid in JSON's \\u escapes, but no database can hold them; nor NUL in PostgreSQL."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
