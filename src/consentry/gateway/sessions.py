"""Session ids of the older revisions: the client holds the server's own, sealed for it alone (MCP 2025-11-25)."""

import base64
import binascii
from collections.abc import Awaitable
from dataclasses import dataclass, field

from consentry.gateway.model import Decision, Filter, Forward, Headers, Request, Stop
from consentry.sealing import Sealer

HEADER = b"mcp-session-id"
MOST_REMEMBERED = 10_000
LONGEST_REMEMBERED = 512  # a server may give ids as long as a head
_PURPOSE = "mcp session"
_FOREIGN = Stop(404, "There is no such session here for you: begin a new one with initialize.")
_REPEATED = Stop(400, "The header Mcp-Session-Id was sent twice: send it once.")


@dataclass(frozen=True, slots=True)
class SealedSessions:
    """A policy. A session never authenticates; it is bound to the deployment, the account and the client (P20).

    Any replica opens what another has sealed. `_opened` only spares opening again.
    """

    sealer: Sealer
    _opened: dict[tuple[str, bytes], bytes] = field(default_factory=dict)

    def settles(self, request: Request, forward: Forward) -> bool:
        return True

    def needs_body(self, request: Request, forward: Forward) -> bool:
        return False

    def judge(self, request: Request, forward: Forward, now: int) -> Decision | Awaitable[Decision]:
        presented = request.values(HEADER)
        if len(presented) > 1:
            return _REPEATED
        if not presented:
            return self._sealed(forward, b"", b"") if request.method == "POST" else forward
        own = self._open(presented[0], _holder(forward))
        if own is None:
            return _FOREIGN
        return self._sealed(forward.adding((HEADER, own)), own, presented[0].encode())

    def _sealed(self, forward: Forward, own: bytes, presented: bytes) -> Forward:
        """A server may name the session in every answer: the client is told of it by the id that it has."""
        before = forward.answered

        def answered(status: int, headers: Headers) -> tuple[Headers, Filter | None]:
            looking: Filter | None = None
            if before is not None:
                headers, looking = before(status, headers)
            found = [value for name, value in headers if name == HEADER]
            if not found:
                return headers, looking
            named = found[-1]
            shown = presented if presented and named == own else self._seal(named, _holder(forward))
            return (*(header for header in headers if header[0] != HEADER), (HEADER, shown)), looking

        return forward.answering(answered)

    def _seal(self, own: bytes, holder: bytes) -> bytes:
        return base64.urlsafe_b64encode(self.sealer.seal(own, _PURPOSE, holder)).rstrip(b"=")

    def _open(self, presented: str, holder: bytes) -> bytes | None:
        known = self._opened.get((presented, holder))
        if known is not None:
            return known
        own = self.sealer.open(_decoded(presented), _PURPOSE, holder)
        if own is not None and len(presented) <= LONGEST_REMEMBERED:
            if len(self._opened) >= MOST_REMEMBERED:
                self._opened.clear()
            self._opened[presented, holder] = own
        return own


def _holder(forward: Forward) -> bytes:
    """So that no two holders are written alike: another issuer names its accounts as it likes."""
    deployment, account, client = forward.access.deployment_id, forward.access.account_id, forward.access.client_id
    return f"{len(deployment)} {len(account)} {deployment}{account}{client}".encode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
