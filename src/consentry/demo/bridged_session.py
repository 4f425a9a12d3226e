"""One MCP session over HTTP joined to one child process over stdio, messages passed as they are."""

import logging
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass

import anyio
from anyio.abc import TaskStatus
from mcp.server.streamable_http import REQUEST_CANCELLED, StreamableHTTPServerTransport
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp.types import CONNECTION_CLOSED, ErrorData, JSONRPCError, JSONRPCMessage, RequestId
from starlette.types import Receive, Scope, Send

from consentry.demo.child import Child, Command, running
from consentry.demo.in_flight import InFlight

IDLE_SESSION_SECONDS = 30 * 60
LAST_ANSWERS_SECONDS = 2

logger = logging.getLogger(__name__)

GONE = (anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.EndOfStream)


class BridgedSession:
    """A session and its child: whichever ends first ends the other."""

    def __init__(self, session_id: str, command: Command) -> None:
        self.id = session_id
        self._command = command
        self._transport = StreamableHTTPServerTransport(session_id, idle_timeout=IDLE_SESSION_SECONDS)
        self._posts = 0
        self._no_posts = anyio.Event()

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """Starts the child and pumps until either side ends. OSError: the child cannot be started."""
        async with (
            running(self._command) as child,
            self._transport.connect() as (from_client, to_client),
        ):
            task_status.started()

            async def ended() -> str:
                return await _ended(self._command.name, child)

            pump = Pump(from_client, to_client.send, child.messages(), child.send, InFlight(), ended)
            with self._transport.idle_scope or anyio.CancelScope():
                await self._pump_until_an_end(pump)
            with anyio.CancelScope(shield=True):
                await self._transport.terminate()

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request of this session."""
        if scope["method"] != "POST":
            await self._transport.handle_request(scope, receive, send)
            return
        self._posts += 1
        try:
            await self._transport.handle_request(scope, receive, send)
        finally:
            self._posts -= 1
            if not self._posts:
                self._no_posts.set()

    async def end(self) -> None:
        """Ends the session, and with it the child."""
        await self._transport.terminate()

    async def _pump_until_an_end(self, pump: "Pump") -> None:
        async with anyio.create_task_group() as both:

            async def until_the_client_ends() -> None:
                await pump.client_to_child()
                both.cancel_scope.cancel()

            both.start_soon(until_the_client_ends)
            await pump.child_to_client()
            with anyio.move_on_after(LAST_ANSWERS_SECONDS):
                await self._wait_for_posts()
            both.cancel_scope.cancel()

    async def _wait_for_posts(self) -> None:
        while self._posts:
            self._no_posts = anyio.Event()
            await self._no_posts.wait()


@dataclass(frozen=True)
class Pump:
    """Passes messages both ways, and answers for a child that is no longer there."""

    from_client: AsyncIterable[SessionMessage | Exception]
    to_client: Callable[[SessionMessage], Awaitable[None]]
    from_child: AsyncIterable[SessionMessage | Exception]
    to_child: Callable[[SessionMessage], Awaitable[None]]
    in_flight: InFlight
    ended: Callable[[], Awaitable[str]]

    async def client_to_child(self) -> None:
        """Until the client ends the session."""
        try:
            async for item in self.from_client:
                if isinstance(item, SessionMessage):
                    await self._pass_to_child(item.message)
        except GONE:
            return

    async def child_to_client(self) -> None:
        """Until the child ends; then each request it left open is answered with an error."""
        try:
            async for item in self.from_child:
                if isinstance(item, SessionMessage):
                    related = ServerMessageMetadata(related_request_id=self.in_flight.of(item.message))
                    await self.to_client(SessionMessage(item.message, related))
                else:
                    logger.warning("The command wrote a line to stdout that is no MCP message; it is left out.")
            await self._answer_for_the_child()
        except GONE:
            return

    async def _pass_to_child(self, message: JSONRPCMessage) -> None:
        self.in_flight.sent(message)
        try:
            await self.to_child(SessionMessage(message))
        except GONE:
            await self._answer_for_the_child()
        if (cancelled := self.in_flight.cancelled_by(message)) is not None:
            # The child owes a cancelled request no answer, but its HTTP response ends only with one.
            await self.to_client(_error(cancelled, REQUEST_CANCELLED, "Request cancelled"))

    async def _answer_for_the_child(self) -> None:
        unanswered = self.in_flight.all()
        sentence = await self.ended() if unanswered else ""
        for request_id in unanswered:
            await self.to_client(_error(request_id, CONNECTION_CLOSED, sentence))


async def _ended(name: str, child: Child) -> str:
    before = "it answered" if child.spoke else "it spoke MCP"
    return f"The command {name} {await child.exit_words()} before {before}. Run it by itself to see why."


def _error(request_id: RequestId, code: int, sentence: str) -> SessionMessage:
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=request_id, error=ErrorData(code=code, message=sentence)))
