"""Whether a request's headers say what its body says: MCP 2026-07-28 Streamable HTTP (SEP-2243)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mcp.shared.inbound import NAME_BEARING_METHODS, decode_header_value, validate_mcp_param_headers

from consentry.gateway import message
from consentry.gateway.message import Body, Message
from consentry.gateway.model import Headers, Request, Stop
from consentry.spec.jsonrpc import HEADER_MISMATCH, INVALID_REQUEST, UNSUPPORTED_VERSION, CallId

STATELESS = "2026-07-28"
REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", STATELESS)
LONGEST_TOOL = 128  # of the names that are remembered
_VERSION_MEMBER = "io.modelcontextprotocol/protocolVersion"
_PARAM = b"mcp-param-"
_TYPE, _ENCODING, _REVISION, _METHOD, _NAME = _SPEAKING = (
    "content-type",
    "content-encoding",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
)
_KEYS = {name.encode(): name for name in _SPEAKING}


@dataclass(frozen=True, slots=True)
class Envelope:
    """The headers that speak of the body, by their names; `repeated`: one of them was sent twice.

    `revision` is what the client says that it speaks; without a word that is 2025-03-26 or older. `unreadable`: why
    not everybody reads the body's bytes alike, as they are, in UTF-8 (RFC 8259 §8.1).
    """

    said: Mapping[str, str]
    repeated: bool
    mirrors_params: bool
    revision: str | None
    unreadable: Stop | None


class Kind(NamedTuple):
    """A call of a tool, by all that is judged about it (ADR 37): `revision` is the one that its `_meta` names."""

    tool: str
    revision: str | None


def of(request: Request) -> Envelope:
    """What a request's headers say; looked through once for all with the same head."""
    envelope = request.kept.envelope
    if envelope is None:
        envelope = request.kept.envelope = _of(request.headers)
    return envelope


def _of(headers: Headers) -> Envelope:
    said: dict[str, str] = {}
    repeated = mirrors_params = False
    for name, value in headers:
        key = _KEYS.get(name)
        if key is None:
            if not name.startswith(_PARAM):
                continue
            key = name.decode("latin-1")
            mirrors_params = True
        repeated = repeated or key in said
        said[key] = value.decode("latin-1").strip()
    return Envelope(said, repeated, mirrors_params, said.get(_REVISION), _check_readable(said))


def _check_readable(said: Mapping[str, str]) -> Stop | None:
    if said.get(_ENCODING, "identity").lower() not in ("identity", ""):
        return Stop(415, "The body is read here, to keep rules about calls: send it without Content-Encoding.")
    kind = said.get(_TYPE, "")
    if ";" in kind and _charset(kind) not in ("", "utf-8", "utf8"):
        return Stop(415, "The body is read here, to keep rules about calls: send application/json in UTF-8.")
    return None


def kind(request: Request) -> Kind | None:
    """Of a body that was read and is one call of a tool with a usual name; None of all others."""
    body = message.of(request) if request.body is not None else None
    if not isinstance(body, Body) or body.batch:
        return None
    call = body.messages[0]
    tool, revision = call.tool, _named_revision(call)
    if call.method != "tools/call" or tool is None or len(tool) > LONGEST_TOOL:
        return None
    if revision is None:
        return Kind(tool, None)
    return Kind(tool, revision) if isinstance(revision, str) and revision in REVISIONS else None


def check(envelope: Envelope, body: Body) -> Stop | None:
    """Who routes or limits by these headers must be able to believe them, whatever the revision."""
    if envelope.repeated:
        return _mismatch("A header that speaks of the body was sent twice.", body.id)
    stated = envelope.revision
    if stated is not None and stated not in REVISIONS:
        # What a call looks like there is not known here, so that no rule about calls could be kept.
        data = {"supported": list(REVISIONS), "requested": stated}
        sentence = f"The gateway does not know MCP revision {stated} and has rules to keep: use one of those named."
        return Stop(400, sentence, code=UNSUPPORTED_VERSION, data=data, id=body.id)
    if stated == STATELESS and body.batch:
        return Stop(400, "MCP 2026-07-28 has no batches: send one message.", code=INVALID_REQUEST)
    for one in body.messages:
        fault = _fault(envelope.said, one, stated)
        if fault is not None:
            return _mismatch(fault, body.id)
    return None


def check_stateless(envelope: Envelope, body: Body) -> Stop | None:
    """MCP 2026-07-28: whoever stands between goes by the headers, so they have to be true where no rule of ours does.
    What older and unknown revisions say in them is between client and server then."""
    if envelope.revision == STATELESS or any(_named_revision(one) == STATELESS for one in body.messages):
        return check(envelope, body)
    return None


def check_params(envelope: Envelope, call: Message, schema: Mapping[str, object]) -> Stop | None:
    """Each Mcp-Param-* header that the tool's schema declares, against the argument; others are not ours to judge."""
    arguments = call.params.get("arguments")
    given = arguments if isinstance(arguments, dict) else {}
    rejected = validate_mcp_param_headers(schema, given, envelope.said)
    return _mismatch(f"{rejected.message}.", call.id) if rejected is not None else None


def _charset(kind: str) -> str:
    parts = (part.partition("=") for part in kind.split(";")[1:])
    return ",".join(value.strip(' "').lower() for name, _, value in parts if name.strip().lower() == "charset")


def _fault(said: Mapping[str, str], one: Message, stated: str | None) -> str | None:
    if one.method is None:
        return None
    version = _named_revision(one)
    if version is not None and version != stated:
        return "The header MCP-Protocol-Version and the body's _meta name different revisions."
    required = stated == STATELESS
    if _differs(said.get(_METHOD), one.method, required):
        return "The header Mcp-Method is missing, or is not the body's method."
    member = NAME_BEARING_METHODS.get(one.method)
    if member is not None and _differs(said.get(_NAME), one.params.get(member), required):
        return f"The header Mcp-Name is missing, or is not the body's {member}."
    return None


def _named_revision(one: Message) -> object:
    meta = one.params.get("_meta")
    return meta.get(_VERSION_MEMBER) if isinstance(meta, dict) else None


def _differs(stated: str | None, value: object, required: bool) -> bool:
    if stated is None:
        return required and value is not None
    if stated == value and not stated.startswith("=?"):
        return False
    return value is not None and decode_header_value(stated) != value


def _mismatch(sentence: str, call_id: CallId) -> Stop:
    return Stop(400, sentence, code=HEADER_MISMATCH, id=call_id)
