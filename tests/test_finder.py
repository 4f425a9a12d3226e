"""The gateway's memory: what is remembered is what would be found."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from consentry.client_keys import ClientKeys
from consentry.finder import StoreFinder
from consentry.formats import recognise
from consentry.gateway.model import Target
from consentry.issuers import Issuers
from consentry.reaching import Reaching
from consentry.store import Store
from consentry.store.postgres import PostgresStore
from consentry.store.sqlite import SQLiteStore
from consentry.tokens import Secret
from tests.gateway.remembered import target
from tests.postgres import Server
from tests.web.world import SECRET_KEY, World, no_way_out, world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as built:
        yield built


async def remembering(find: StoreFinder, text: str) -> Secret:
    """The token as it came, after it was looked up once."""
    bearer = recognise(text)
    assert isinstance(bearer, Secret)
    assert find.recall("reminders", bearer) is None
    assert await find.find_target("reminders")
    assert await find.find_access(bearer, target())
    return bearer


def finder(here: World, store: Store | None = None) -> StoreFinder:
    installation = here.installation
    return StoreFinder(
        store or installation.store,
        installation.addresses,
        installation.signer,
        Reaching(installation.sealer),
        Issuers(ClientKeys(no_way_out, here.clock).fetched, installation.sealer, here.clock),
    )


async def test_what_was_found_is_remembered_and_what_was_not_is_asked_for_again(here: World) -> None:
    _, tokens = await here.connect()
    find = finder(here)
    bearer = await remembering(find, tokens["access_token"])
    found = find.recall("reminders", bearer)
    assert found == (await find.find_target("reminders"), await find.find_access(bearer, target()))
    assert find.recall("reminders", None) == (found[0], None)
    assert find.recall("nobody", bearer) is None
    assert await find.find_target("nobody") is None
    assert find.recall("nobody", None) is None


async def test_nothing_that_is_secret_is_kept_in_memory(here: World) -> None:
    _, tokens = await here.connect()
    find = finder(here)
    await remembering(find, tokens["access_token"])
    assert tokens["access_token"] not in repr(find)


async def test_a_write_of_another_connection_empties_the_memory_at_once(here: World, tmp_path: Path) -> None:
    _, tokens = await here.connect()
    find = finder(here)
    bearer = await remembering(find, tokens["access_token"])
    assert find.recall("reminders", bearer)
    other = SQLiteStore(tmp_path / "consentry.db", "NORMAL")
    try:
        grant_id = (await find.find_access(bearer, target())).grant_id  # type: ignore[union-attr]
        await other.write(lambda tx: tx.end_grant(grant_id, "ended by the account", here.clock()))
        assert find.recall("reminders", bearer) is None
        ended = await find.find_access(bearer, target())
        assert ended is None or ended.ended
    finally:
        other.close()


async def test_what_was_read_before_a_write_is_not_remembered_behind_it(here: World) -> None:
    """A look-up that was slow brings what was true when it began."""
    _, tokens = await here.connect()
    store = here.installation.store
    find = finder(here)

    class Slow:
        """The same store, in which somebody writes between a look-up's reading and its end."""

        place = store.place
        version = store.version
        write = store.write

        async def read(self, work: Callable[..., object]) -> object:
            found: object = await store.read(work)  # type: ignore[arg-type]
            await store.write(lambda tx: tx.find_account("account_1"))
            find.recall("reminders", None)  # another call meanwhile sees the new version
            return found

    find.store = Slow()  # type: ignore[assignment]
    bearer = recognise(tokens["access_token"])
    assert bearer is not None
    assert isinstance(await find.find_target("reminders"), Target)
    assert await find.find_access(bearer, target())
    assert find.recall("reminders", None) is None
    assert find.recall("reminders", bearer) is None


async def test_a_grant_that_another_process_ends_opens_nothing_at_the_very_next_call(
    here: World, tmp_path: Path
) -> None:
    _, tokens = await here.connect()
    for _ in range(3):  # the last ones from memory; behind the deployment nothing answers
        assert (await here.call(tokens["access_token"])).status_code == 502
    (grant,) = await here.installation.store.read(lambda tx: tx.list_grants())
    environment = {"CONSENTRY_DATA_DIR": str(tmp_path), "CONSENTRY_SECRET_KEY": SECRET_KEY}
    environment["CONSENTRY_PUBLIC_URL"] = here.installation.addresses.issuer
    command = [sys.executable, "-m", "consentry", "grant", "revoke", grant.id]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (await here.call(tokens["access_token"])).status_code == 401


@pytest.mark.slow
async def test_on_postgres_a_grant_that_another_process_ends_opens_nothing_a_second_later(
    postgres: Server, tmp_path: Path
) -> None:
    seconds = 100.0
    url = await postgres.fresh(migrated=False)
    async with world(tmp_path, database_url=url) as here:
        _, tokens = await here.connect()
        store = PostgresStore(url, monotonic=lambda: seconds)
        try:
            find = finder(here, store)
            bearer = await remembering(find, tokens["access_token"])
            assert find.recall("reminders", bearer)
            grant_id = (await find.find_access(bearer, target())).grant_id  # type: ignore[union-attr]
            await here.installation.store.write(lambda tx: tx.end_grant(grant_id, "ended by the account", here.clock()))
            seconds += 1
            assert find.recall("reminders", bearer) is None
        finally:
            await store.aclose()
