"""Letters to people: worded, rendered as text and HTML, and handed to a mail server. Knows no store."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One letter as it is sent. `to` is one address."""

    to: str
    subject: str
    text: str
    html: str


class MailError(Exception):
    """It was not taken. The sentence names no address and no link; `final` where trying again is of no use."""

    def __init__(self, sentence: str, *, final: bool = False) -> None:
        super().__init__(sentence)
        self.final = final


class Transport(Protocol):
    """The way out. Raises `MailError`."""

    async def send(self, message: Message) -> None: ...
