"""Request parameters: application/x-www-form-urlencoded, each name at most once (OAuth 2.1 §3.1, §3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode

from consentry.spec.errors import Refusal

MOST_PARAMETERS = 64


@dataclass(frozen=True, slots=True)
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
        pairs = parse_qsl(
            decoded, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS, separator="&"
        )
    except UnicodeError:
        return Refusal("invalid_request", "The parameters are not form-encoded UTF-8.", "params:encoding")
    except ValueError:
        return Refusal("invalid_request", "The request has too many parameters.", "params:too_many")
    # No parameter of OAuth may hold it (RFC 6749 §A), and PostgreSQL cannot.
    if any("\0" in value for _, value in pairs):
        return Refusal("invalid_request", "A parameter holds a NUL character.", "params:nul")
    return of_pairs(pairs)


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


def _shown(name: str) -> str:
    plain = "".join(c for c in name[:40] if (c.isascii() and c.isalnum()) or c in "_-.")
    return plain or "without a name"
