"""A Streamable HTTP face (MCP 2025-11-25 and before) for a stdio MCP server, one child per session."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import uuid4

import anyio
from anyio.abc import TaskGroup, TaskStatus
from mcp.server.transport_security import DEFAULT_MAX_REQUEST_BODY_SIZE, RequestBodyLimitMiddleware
from mcp.types import INTERNAL_ERROR, INVALID_REQUEST, UNSUPPORTED_PROTOCOL_VERSION
from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from consentry.demo.bridged_session import BridgedSession
from consentry.demo.child import Command
from consentry.demo.serving import PATH, add_place_arguments, place_of, serve

MOST_SESSIONS = 64
OURS = "CONSENTRY_"


class Bridge:
    """Finds the session of a request, or opens one with a child of its own."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._sessions: dict[str, BridgedSession] = {}
        self._tasks: TaskGroup | None = None

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Holds every session; leaving it ends them all and waits for their children to end."""
        async with anyio.create_task_group() as self._tasks:
            yield
            self._tasks.cancel_scope.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        request = Request(scope, receive)
        version = request.headers.get("mcp-protocol-version")
        session_id = request.headers.get("mcp-session-id")
        if version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS:
            await _unsupported(version)(scope, receive, send)
        elif session_id is None:
            await self._open(request, send)
        elif (session := self._sessions.get(session_id)) is None:
            await _refused(404, INVALID_REQUEST, "Session not found")(scope, receive, send)
        else:
            await session.handle(scope, receive, send)

    async def _open(self, request: Request, send: Send) -> None:
        body = await request.body() if request.method == "POST" else b""
        refused: Response | None = None
        if not _is_initialize(body):
            refused = _refused(400, INVALID_REQUEST, "Missing session ID: begin with initialize")
        elif len(self._sessions) >= MOST_SESSIONS:
            refused = _refused(503, INTERNAL_ERROR, f"{MOST_SESSIONS} sessions are open already; end one first")
        else:
            session = BridgedSession(uuid4().hex, self._command)
            try:
                await self._task_group().start(self._hold, session)
            except (OSError, ValueError) as error:
                sentence = f"The command {self._command.name} cannot be started: {error}"
                refused = _refused(502, INTERNAL_ERROR, sentence)
            else:
                await self._serve_first(session, request, body, send)
        if refused is not None:
            await refused(request.scope, request.receive, send)

    async def _hold(self, session: BridgedSession, *, task_status: TaskStatus[None]) -> None:
        self._sessions[session.id] = session
        try:
            await session.run(task_status=task_status)
        finally:
            del self._sessions[session.id]

    async def _serve_first(self, session: BridgedSession, request: Request, body: bytes, send: Send) -> None:
        status = 0

        async def watched_send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await session.handle(request.scope, _replay(body, request.receive), watched_send)
        if status != 200:  # refused by the transport: nobody has learnt this session's id
            await session.end()

    def _task_group(self) -> TaskGroup:
        if self._tasks is None:
            raise RuntimeError("a bridge answers only while it runs")
        return self._tasks


def app(command: Command) -> Starlette:
    """The bridge at /mcp."""
    bridge = Bridge(command)

    def lifespan(_: Starlette) -> AbstractAsyncContextManager[None]:
        return bridge.run()

    limited = RequestBodyLimitMiddleware(bridge, DEFAULT_MAX_REQUEST_BODY_SIZE)
    return Starlette(routes=[Route(PATH, endpoint=limited)], lifespan=lifespan)


def environment_for_the_child(environment: Mapping[str, str]) -> dict[str, str]:
    """All that the operator's shell gives (a stdio server often takes its keys from it), but none of ours."""
    return {name: value for name, value in environment.items() if not name.startswith(OURS)}


def _is_initialize(body: bytes) -> bool:
    try:
        message: Any = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(message, dict) and message.get("method") == "initialize" and "id" in message


def _replay(body: bytes, receive: Receive) -> Receive:
    unread = [body]

    async def replayed() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()

    return replayed


def _unsupported(version: str) -> Response:
    # A client of both eras reads `supported` and falls back to initialize.
    data = {"supported": list(HANDSHAKE_PROTOCOL_VERSIONS), "requested": version}
    sentence = "This server keeps sessions: use initialize"
    return _refused(400, UNSUPPORTED_PROTOCOL_VERSION, sentence, data)


def _refused(status: int, code: int, sentence: str, data: object = None) -> Response:
    error = {"code": code, "message": sentence} | ({"data": data} if data is not None else {})
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status_code=status)


def main() -> None:
    """python -m consentry.demo.bridge --port N -- COMMAND ARGS…"""
    own, command = _split(sys.argv[1:])
    parser = argparse.ArgumentParser(
        prog="python -m consentry.demo.bridge",
        description=__doc__,
        usage="%(prog)s [--host HOST] [--port PORT] [--until-stdin-closes] -- COMMAND [ARGS…]",
    )
    add_place_arguments(parser)
    place = place_of(parser.parse_args(own))
    if not command:
        parser.error("name the command to start after --, as in: -- npx some-mcp-server")
    if shutil.which(command[0]) is None:
        sys.exit(
            f"The command {command[0]} cannot be started: there is no such program. Install it, or give its full path."
        )
    serve(app(Command(command, environment_for_the_child(os.environ))), place)


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


if __name__ == "__main__":
    main()
