"""JSON-RPC 2.0 §5.1: an error; its `id` is null where it answers no call in particular."""

import json
from collections.abc import Mapping

CallId = str | int | float | None

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
# MCP 2026-07-28, "Error Codes"
HEADER_MISMATCH = -32020
UNSUPPORTED_VERSION = -32022
RATE_LIMITED = -32029  # ours, of the codes that JSON-RPC leaves to servers


def render_error(code: int, message: str, data: Mapping[str, object] | None = None, call_id: CallId = None) -> bytes:
    """The error object as bytes of JSON. `data` tells a person what to quote when asking for help."""
    error: dict[str, object] = {"code": code, "message": message}
    if data:
        error["data"] = dict(data)
    return json.dumps({"jsonrpc": "2.0", "id": call_id, "error": error}).encode()
