"""Request parameters: application/x-www-form-urlencoded, each name at most once (OAuth 2.1 §3.1, §3.2)."""

import json
from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote_plus, urlencode

from consentry.spec.errors import Refusal
from consentry.values import frozen

MOST_PARAMETERS = 64


@frozen
class Params:
    """The parameters of one request; an empty value counts as omitted, `resource` may repeat (RFC 8707 §2)."""

    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    resource: tuple[str, ...] = ()

    def get(self, name: str) -> str | None:
        return self.values.get(name)


def parse(text: bytes | str) -> Params | Refusal:
    """Form text to parameters; a repeated one, a bad encoding and a flood of them are `invalid_request`."""
    try:
        decoded = text.decode("ascii") if isinstance(text, bytes) else text.encode("ascii").decode()
        fields = [field.partition("=") for field in decoded.split("&") if field]
        if len(fields) > MOST_PARAMETERS:
            return Refusal("invalid_request", "The request has too many parameters.", "params:too_many")
        pairs = [
            (_decoded(name), _resource(value) if name == "resource" else _decoded(value)) for name, _, value in fields
        ]
    except UnicodeError:
        return Refusal("invalid_request", "The parameters are not form-encoded UTF-8.", "params:encoding")
    # No parameter of OAuth may hold it (RFC 6749 §A), and PostgreSQL cannot.
    if any("\0" in value for _, value in pairs):
        return Refusal("invalid_request", "A parameter holds a NUL character.", "params:nul")
    return of_pairs(pairs)


def parse_json(text: bytes) -> Params | Refusal:
    """A JSON object of texts to the same parameters: for a token request, where the operator allows it."""
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Refusal("invalid_request", "The body is not JSON.", "params:json")
    if not isinstance(pairs, _Pairs) or not all(isinstance(value, str) for _, value in pairs):
        return Refusal("invalid_request", "The body must be a JSON object whose members are all texts.", "params:json")
    if len(pairs) > MOST_PARAMETERS:
        return Refusal("invalid_request", "The request has too many parameters.", "params:too_many")
    # A lone surrogate has no place in UTF-8, and NUL none in PostgreSQL; a form can hold neither.
    if any("\0" in value or not _is_unicode(value) for _, value in pairs):
        return Refusal("invalid_request", "A parameter holds a character that no text has.", "params:nul")
    if sum(name == "resource" for name, _ in pairs) > 1:
        return Refusal("invalid_request", "The parameter resource is given twice.", "params:repeated")
    return of_pairs(list(pairs))


class _Pairs(list[tuple[str, Any]]):
    """An object's members in their order, the repeated ones too."""


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def of_pairs(pairs: list[tuple[str, str]]) -> Params | Refusal:
    """Names and values, in order, to parameters."""
    values: dict[str, str] = {}
    resource: list[str] = []
    seen: set[str] = set()
    for name, value in pairs:
        if name == "resource":
            if value:
                resource.append(value)
            continue
        # OAuth 2.1 §3.1: request parameters MUST NOT be included more than once.
        if name in seen:
            return Refusal("invalid_request", f"The parameter {_shown(name)} is given twice.", "params:repeated")
        seen.add(name)
        # OAuth 2.1 §3.1: parameters sent without a value MUST be treated as if they were omitted.
        if value:
            values[name] = value
    return Params(MappingProxyType(values), tuple(resource))


def render(params: Params) -> str:
    """Parameters to form text that reads the same."""
    return urlencode([*params.values.items(), *(("resource", one) for one in params.resource)])


def _decoded(text: str) -> str:
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text


# The same few resources are named again and again, and none of them is a secret.
_resource = lru_cache(maxsize=64)(_decoded)


def _shown(name: str) -> str:
    plain = "".join(c for c in name[:40] if (c.isascii() and c.isalnum()) or c in "_-.")
    return plain or "without a name"
