"""The whole walk, from the front page to the last: two installations, since one cannot be everything."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
from dev.screenshots.walk import calling, coming_in, deploying, letting_in, own_account
from dev.screenshots.walk.visitor import Drawn, Kept, Visitor, Walk
from tests.web.mailbox import Mailbox
from tests.web.world import no_way_out, world

from consentry.demo.upstreams import start
from consentry.fetch import Resolver
from consentry.store.sql import Transaction

ORIGIN = "https://mcp.example.com"
SETTINGS: dict[str, Any] = {"public_url": ORIGIN, "support_url": "https://example.com/support"}


async def walk(folder: Path) -> dict[str, Kept]:
    """Every page by the name of its picture."""
    for name in ("open", "strict"):
        (folder / name).mkdir()
    return await _open(folder / "open") | await _strict(folder / "strict")


async def _open(folder: Path) -> dict[str, Kept]:
    mailbox = Mailbox()
    async with (
        start("consentry.demo.reminders") as upstream,
        world(folder, no_way_out, mailbox, Resolver(), Drawn(), **SETTINGS, signup="open") as here,
    ):
        port = httpx2.URL(upstream.url).port
        walk = Walk(here, mailbox, instead={f"127.0.0.1:{port}": "127.0.0.1:9000", "127.0.0.1:9/": "127.0.0.1:9001/"})
        await here.installation.store.write(lambda tx: _furnish(tx, upstream.url))
        await coming_in.come_in(walk)
        ada = walk.visitor()
        await ada.sign_in()
        here.clock.now += 600
        await own_account.find_nothing(walk)
        await deploying.deploy(walk, ada, upstream.url)
        await letting_in.connect(walk, ada)
        await letting_in.let_in(walk, ada)
        await letting_in.stop(walk, ada)
        await deploying.connect(walk, ada)
        await calling.be_suspicious(walk)
        await calling.call_all_day(walk)
        await deploying.look(walk, ada)
        await own_account.hold(walk, ada)
        await own_account.be_safe(walk, ada)
        await own_account.leave(walk)
        return walk.kept


async def _furnish(tx: Transaction, upstream: str) -> None:
    """Ada looks after this installation, and Reminders answers."""
    await tx.db.run("UPDATE accounts SET operator = $1, name = $2 WHERE id = $3", 1, "Ada Lovelace", "account_1")
    await tx.db.run("UPDATE deployments SET upstream_url = $1 WHERE id = $2", upstream, "d_1")


async def _strict(folder: Path) -> dict[str, Kept]:
    """Accounts by invitation, applications by approval; and then it breaks."""
    async with world(folder, no_way_out, None, Resolver(), Drawn(), **SETTINGS, registration="approval") as here:
        walk = Walk(here, Mailbox())
        await here.installation.store.write(lambda tx: _furnish(tx, "http://127.0.0.1:9/mcp"))
        await walk.visitor().see("sign-up-closed", "/signup", 403)
        ada = walk.visitor()
        await ada.sign_in()
        page = await ada.open("/dashboard/people")
        walk.keep("person-invited", await ada.send(page, "/dashboard/people", email="grace@example.com"))
        await ada.see("people", "/dashboard/people")
        await ada.see("waiting-none", "/dashboard/waiting")
        await _wait(walk, ada)
        await ada.see("waiting", "/dashboard/waiting")
        await _know(walk, ada)
        await here.installation.store.write(lambda tx: tx.db.run("DROP TABLE sessions"))
        await ada.see("server-error", "/login", 500)
        return walk.kept


async def _wait(walk: Walk, ada: Visitor) -> None:
    pending = await letting_in.asked(walk, ada, "Marvin", "https://marvin.example.net/callback")
    walk.keep("pending-client", pending, 403)
    await walk.here.register(client_name="Visual Studio Code", redirect_uris=[letting_in.VSCODE_REDIRECT_URI])


async def _know(walk: Walk, ada: Visitor) -> None:
    """An application that is approved and names no MCP server, where there is but one: it wants to know the person."""
    redirect_uri = "https://reading.example.net/callback"
    client_id = (await walk.here.register(client_name="Reading list", redirect_uris=[redirect_uri]))["client_id"]
    waiting = await ada.open("/dashboard/waiting")
    await ada.send(waiting, "/dashboard/waiting/approve", client_id=client_id)
    await walk.here.installation.store.write(lambda tx: tx.db.run("DELETE FROM deployments WHERE id = 'd_2'"))
    asked = await letting_in.ask(walk, ada, client_id, redirect_uri=redirect_uri, resource=None, scope="openid email")
    walk.keep("consent-identity", asked)


def walked(folder: Path) -> dict[str, Kept]:
    """The walk, from code that does not wait."""
    return asyncio.run(walk(folder))
