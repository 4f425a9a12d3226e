"""Letters on the terminal of a demonstration, where there is no mail server."""

from collections.abc import Callable

from consentry.mail import Message


class Terminal:
    """Prints each letter's text."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    async def send(self, message: Message) -> None:
        lines = [f"To: {message.to}", f"Subject: {message.subject}", "", *message.text.splitlines()]
        self._say("\n".join(["", "Mail", *(f"  {line}".rstrip() for line in lines), ""]))
