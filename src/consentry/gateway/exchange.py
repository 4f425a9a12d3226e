"""One request and the way to answer it: whole, broken off, or ended under way."""

import logging
from dataclasses import dataclass

import anyio

from consentry.gateway.answers import answer_challenge, answer_stop
from consentry.gateway.headers import open_ended, to_client
from consentry.gateway.model import Message, Receive, Request, Send, Stop
from consentry.gateway.upstream import Opened, UpstreamBrokeError
from consentry.spec.challenge import Challenge

LAST_WORD_SECONDS = 1.0  # a client that reads nothing would keep us waiting

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Exchange:
    """`status` is 0 until the answer has begun; `open_ended`: it may end after any of its events; `finished`: the whole
    of it was sent."""

    request: Request
    request_id: str
    receive: Receive
    to_server: Send
    open_ended: bool = False
    finished: bool = False
    status: int = 0

    @property
    def started(self) -> bool:
        return self.status != 0

    async def send(self, message: Message) -> None:
        await self.to_server(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.finished = message["type"] == "http.response.body" and not message.get("more_body", False)

    async def stop(self, stop: Stop) -> None:
        if stop.reason:
            log.warning("request %s, deployment %r: %s", self.request_id, self.request.slug, stop.reason)
        await answer_stop(self.send, stop, self.request.slug, self.request_id)

    async def refuse(self, refused: Challenge | Stop) -> None:
        match refused:
            case Stop():
                await self.stop(refused)
            case Challenge():
                await answer_challenge(self.send, refused, self.request.slug, self.request_id)

    async def end(self, refused: Challenge | Stop) -> None:
        """What was let in is let in no more. Where the answer has begun, it is too late to say so."""
        if self.finished:
            return
        log.info("request %s, deployment %r: its access ended under way", self.request_id, self.request.slug)
        with anyio.move_on_after(LAST_WORD_SECONDS):
            if not self.started:
                await self.refuse(refused)
            elif self.open_ended:
                await self.send({"type": "http.response.body", "body": b""})

    async def pump(self, opened: Opened) -> None:
        headers = to_client(opened.status, opened.headers, self.request_id)
        self.open_ended = open_ended(headers)
        try:
            await self.send({"type": "http.response.start", "status": opened.status, "headers": list(headers)})
            async for chunk in opened.body:
                await self.send({"type": "http.response.body", "body": chunk, "more_body": True})
            await self.send({"type": "http.response.body", "body": b""})
        except UpstreamBrokeError as error:
            # Returning without the last message makes the server drop the connection: an answer that
            # broke off upstream breaks off here too, and is never ended as if it were whole.
            log.warning("request %s, deployment %r: broke off: %s", self.request_id, self.request.slug, error)
        finally:
            await opened.close()
