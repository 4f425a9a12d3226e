"""Whether a request's headers say what its body says: MCP 2026-07-28 Streamable HTTP (SEP-2243)."""

from collections.abc import Mapping

from mcp.shared.inbound import NAME_BEARING_METHODS, decode_header_value, validate_mcp_param_headers

from consentry.gateway.message import Body, Message
from consentry.gateway.model import Request, Stop
from consentry.spec.jsonrpc import HEADER_MISMATCH, INVALID_REQUEST, UNSUPPORTED_VERSION, CallId

STATELESS = "2026-07-28"
REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", STATELESS)
_VERSION_MEMBER = "io.modelcontextprotocol/protocolVersion"
_MIRRORED = (b"mcp-protocol-version", b"mcp-method", b"mcp-name")
_PARAM = b"mcp-param-"


def revision(request: Request) -> str | None:
    """What the client says that it speaks; without a word that is 2025-03-26 or older."""
    stated = request.values(b"mcp-protocol-version")
    return stated[0].strip() if stated else None


def check_readable(request: Request) -> Stop | None:
    """Whether everybody reads the body's bytes alike: as they are, in UTF-8 (RFC 8259 §8.1)."""
    encodings = {value.strip().lower() for value in request.values(b"content-encoding")}
    if encodings - {"identity", ""}:
        return Stop(415, "A deployment with tool scopes reads the body: send it without Content-Encoding.")
    kinds = request.values(b"content-type")
    charsets = {
        part.partition("=")[2].strip('" ').lower()
        for kind in kinds
        for part in kind.split(";")[1:]
        if part.strip().lower().startswith("charset")
    }
    if len(kinds) > 1 or charsets - {"utf-8", "utf8"}:
        return Stop(415, "A deployment with tool scopes reads the body: send application/json in UTF-8.")
    return None


def check(request: Request, body: Body) -> Stop | None:
    """Who routes or limits by these headers must be able to believe them, whatever the revision."""
    repeated = {name for name, _ in request.headers if name in _MIRRORED or name.startswith(_PARAM)}
    if any(len(request.values(name)) > 1 for name in repeated):
        return _mismatch("An Mcp header was sent twice.", body.id)
    stated = revision(request)
    if stated is not None and stated not in REVISIONS:
        # What a call looks like there is not known here, so that no rule about calls could be kept.
        data = {"supported": list(REVISIONS), "requested": stated}
        sentence = f"The gateway does not know MCP revision {stated} and has rules to keep: use one of those named."
        return Stop(400, sentence, code=UNSUPPORTED_VERSION, data=data, id=body.id)
    if stated == STATELESS and body.batch:
        return Stop(400, "MCP 2026-07-28 has no batches: send one message.", code=INVALID_REQUEST)
    faults = (_fault(request, message, stated) for message in body.messages)
    found = next((fault for fault in faults if fault is not None), None)
    return _mismatch(found, body.id) if found is not None else None


def mirrors_params(request: Request) -> bool:
    return any(name.startswith(_PARAM) for name, _ in request.headers)


def check_params(request: Request, message: Message, schema: Mapping[str, object]) -> Stop | None:
    """Each Mcp-Param-* header that the tool's schema declares, against the argument; others are not ours to judge."""
    arguments = message.params.get("arguments")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
    rejected = validate_mcp_param_headers(schema, arguments if isinstance(arguments, dict) else {}, headers)
    return _mismatch(f"{rejected.message}.", message.id) if rejected is not None else None


def _fault(request: Request, message: Message, stated: str | None) -> str | None:
    if message.method is None:
        return None
    meta = message.params.get("_meta")
    version = meta.get(_VERSION_MEMBER) if isinstance(meta, dict) else None
    if version is not None and version != stated:
        return "The header MCP-Protocol-Version and the body's _meta name different revisions."
    required = stated == STATELESS
    if _differs(request, b"mcp-method", message.method, required):
        return "The header Mcp-Method is missing, or is not the body's method."
    member = NAME_BEARING_METHODS.get(message.method)
    name = message.params.get(member) if member is not None else None
    if _differs(request, b"mcp-name", name, required):
        return f"The header Mcp-Name is missing, or is not the body's {member or 'name'}."
    return None


def _differs(request: Request, header: bytes, value: object, required: bool) -> bool:
    stated = request.values(header)
    if not stated:
        return required and value is not None
    return value is not None and decode_header_value(stated[0].strip()) != value


def _mismatch(sentence: str, call_id: CallId) -> Stop:
    return Stop(400, sentence, code=HEADER_MISMATCH, id=call_id)
