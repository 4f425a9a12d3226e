"""What an installation of the tests sends: kept, to be opened."""

import re
from dataclasses import dataclass, field
from html import unescape

from consentry.mail import Message
from tests.web.world import World

LINK = re.compile(r"https://\S+token=\S+")


@dataclass
class Mailbox:
    """A way out that keeps what it is given."""

    sent: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def brought(self, here: World) -> list[Message]:
        """The letters that have come since the last time."""
        assert here.app.postman is not None
        await here.app.postman.deliver()
        brought, self.sent = self.sent, []
        return brought

    async def one(self, here: World, to: str) -> Message:
        """The only one, to that address."""
        (message,) = await self.brought(here)
        assert message.to == to
        return message

    async def link(self, here: World, to: str) -> str:
        """The path of the link in the only letter."""
        message = await self.one(here, to)
        (url,) = LINK.findall(message.text)
        assert url in unescape(message.html)
        return str(url).removeprefix(here.installation.addresses.origin)
