"""Which of a client's requests a message of a stdio server belongs to."""

from collections.abc import Mapping
from typing import Any

from mcp.types import (
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
)


class InFlight:
    """The client's unanswered requests, so that what the child says meanwhile reaches the right response."""

    def __init__(self) -> None:
        self._progress_tokens: dict[RequestId, Any] = {}

    def sent(self, message: JSONRPCMessage) -> None:
        """Remembers a request of the client."""
        if isinstance(message, JSONRPCRequest):
            self._progress_tokens[message.id] = _mapping(message.params, "_meta").get("progressToken")

    def of(self, message: JSONRPCMessage) -> RequestId | None:
        """The request a message of the child belongs to; None is the session's own stream.

        Stdio does not say. Progress names its token; anything else is taken to be about the newest request,
        whose response is open for certain, where the session's own stream may not be.
        """
        match message:
            case JSONRPCResponse(id=request_id) | JSONRPCError(id=request_id):
                if request_id is not None:
                    self._progress_tokens.pop(request_id, None)
                return None
            case JSONRPCNotification(method="notifications/progress", params=params):
                token = (params or {}).get("progressToken")
                return next((key for key, known in self._progress_tokens.items() if known == token), None)
            case _:
                return next(reversed(self._progress_tokens), None)

    def cancelled_by(self, message: JSONRPCMessage) -> RequestId | None:
        """The unanswered request that this message of the client cancels; it is forgotten."""
        if not isinstance(message, JSONRPCNotification) or message.method != "notifications/cancelled":
            return None
        named = (message.params or {}).get("requestId")
        found = next((request_id for request_id in self._progress_tokens if request_id == named), None)
        if found is not None:
            del self._progress_tokens[found]
        return found

    def all(self) -> list[RequestId]:
        """Every unanswered request; they are forgotten."""
        unanswered = list(self._progress_tokens)
        self._progress_tokens.clear()
        return unanswered


def _mapping(params: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    found = (params or {}).get(name)
    return found if isinstance(found, Mapping) else {}
