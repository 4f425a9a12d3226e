"""An error that answers no call in particular: JSON-RPC 2.0 §5.1, with `id` null."""

import json
from collections.abc import Mapping

INVALID_REQUEST = -32600
INTERNAL_ERROR = -32603


def render_error(code: int, message: str, data: Mapping[str, str] | None = None) -> bytes:
    """The error object as bytes of JSON. `data` tells a person what to quote when asking for help."""
    error: dict[str, object] = {"code": code, "message": message}
    if data:
        error["data"] = dict(data)
    return json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
