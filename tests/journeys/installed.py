"""A whole installation on a real socket, in front of real MCP servers, with a clock that tests move."""

import json
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consentry.accounts.model import Account
from consentry.app import Application
from consentry.deployments.model import Deployment
from consentry.grants import revoke
from consentry.grants.model import Grant
from consentry.installation import Installation, open_installation
from consentry.settings import Settings
from consentry.store.sql import Transaction
from tests.forked import forked
from tests.gateway.serving import serving
from tests.web.world import EMAIL, PASSWORD, PASSWORD_HASH, Clock

__all__ = ["EMAIL", "PASSWORD", "Installed", "installed"]


@dataclass
class Installed:
    """Running. `reminders` and `textkit` are MCP URLs."""

    url: str
    installation: Installation
    clock: Clock

    @property
    def reminders(self) -> str:
        return self.installation.addresses.mcp_url("reminders")

    @property
    def textkit(self) -> str:
        return self.installation.addresses.mcp_url("textkit")

    async def grants(self) -> list[Grant]:
        async def work(tx: Transaction) -> list[Grant]:
            return await tx.list_grants()

        return await self.installation.store.read(work)

    async def end_every_grant(self) -> int:
        """As the owner would; how many there were."""

        async def work(tx: Transaction) -> int:
            return sum(
                [
                    await revoke.end(tx, grant, "ended by the operator", None, self.clock())
                    for grant in await tx.list_grants()
                ]
            )

        return await self.installation.store.write(work)


@asynccontextmanager
async def installed(folder: Path, **settings: Any) -> AsyncIterator[Installed]:
    """In `folder`, on loopback; settings as in the configuration file, with `{port}` for the port it listens on."""
    listener = socket.create_server(("127.0.0.1", 0))
    clock = Clock()
    port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    placed = {
        name: value.replace("{port}", str(port)) if isinstance(value, str) else value
        for name, value in settings.items()
    }
    chosen = Settings.model_validate({"public_url": url, "data_dir": folder} | placed)
    installation = open_installation(chosen, clock=clock)
    await installation.prepare()
    with demo_server("reminders") as reminders, demo_server("textkit") as textkit:
        await installation.store.write(lambda tx: _inhabit(tx, reminders, textkit))
        async with serving(Application(installation), lifespan="on", listener=listener):
            yield Installed(url, installation, clock)
    await installation.aclose()


@contextmanager
def demo_server(name: str) -> Iterator[str]:
    """The URL of a real MCP server that is new."""
    with forked(f"consentry.demo.{name}", "--until-stdin-closes", environment=os.environ) as process:
        try:
            yield str(json.loads(process.stdout.readline())["url"])
        finally:
            process.kill()


async def _inhabit(tx: Transaction, reminders: str, textkit: str) -> None:
    now = 1_799_999_000
    await tx.add_account(Account("account_1", EMAIL, "Ada", PASSWORD_HASH, False, now, verified_at=now))
    await tx.add_deployment(Deployment("d_1", "reminders", "Reminders", reminders, "account_1", "owner", now))
    await tx.add_deployment(Deployment("d_2", "textkit", "Text kit", textkit, "account_1", "owner", now))
