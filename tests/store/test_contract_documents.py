"""What every store must do with metadata documents."""

import asyncio
from dataclasses import replace

import pytest

from consentry.clients.copies import Copy
from consentry.clients.logos import Logo
from consentry.store import Store
from consentry.store.sql import Transaction
from tests.builders import DAY, NOW, client
from tests.store.samples import GRANT, granted

pytestmark = pytest.mark.anyio

URL, OTHER = "https://client.example/client.json", "https://other.example/client.json"
COPY = Copy(URL, '{"client_name": "é"}', "fetched", NOW, NOW + 300)
DOCUMENT_CLIENT = replace(client(URL), source="document")


async def test_a_copy_and_a_pin_are_kept_apart_and_each_replaces_its_own(store: Store) -> None:
    pin = Copy(URL, "{}", "imported", NOW)
    newer = replace(COPY, text="{}", obtained_at=NOW + 9, fresh_until=NOW + 309)

    async def work(tx: Transaction) -> None:
        await tx.keep_copy(COPY)
        assert (await tx.find_copy(URL), await tx.find_pin(URL)) == (COPY, None)
        await tx.pin(pin)
        await tx.keep_copy(newer)
        assert (await tx.find_copy(URL), await tx.find_pin(URL)) == (newer, pin)
        await tx.keep_copy(replace(COPY, client_id=OTHER))
        assert [copy.client_id for copy in await tx.list_copies()] == [URL, OTHER]
        assert await tx.list_pins() == [pin]

    await store.write(work)


async def test_a_client_is_described_anew_but_known_since_the_first_time(store: Store) -> None:
    moved = replace(DOCUMENT_CLIENT, name="Moved", redirect_uris=("https://b.example/",), created_at=NOW + 9)

    async def work(tx: Transaction) -> None:
        await tx.keep_client(DOCUMENT_CLIENT)
        await tx.keep_client(moved)
        assert await tx.find_client(URL) == replace(moved, created_at=NOW)
        assert len(await tx.list_clients()) == 1

    await store.write(work)


async def test_no_document_takes_the_place_of_a_registration(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_client(client("client_1"))
        await tx.keep_client(replace(client("client_1"), source="document", name="Taken"))
        assert await tx.find_client("client_1") == client("client_1")

    await store.write(work)


async def test_a_logo_is_kept_replaced_found_and_removed(store: Store) -> None:
    old = Logo(URL, "https://client.example/old.png", "digest 1", "image/png", b"\0old\xff")
    new = Logo(URL, "https://client.example/new.png", "digest 2", "image/webp", b"new")

    async def work(tx: Transaction) -> None:
        assert await tx.find_logo(URL) is None
        await tx.keep_logo(old)
        assert await tx.find_logo(URL) == old
        await tx.keep_logo(new)
        assert (await tx.find_logo(URL), await tx.find_logo_by_digest("digest 1")) == (new, None)
        await tx.keep_logo(replace(new, client_id=OTHER))
        await tx.remove_logo(URL)
        assert await tx.find_logo(URL) is None
        assert await tx.find_logo_by_digest("digest 2") == replace(new, client_id=OTHER)

    await store.write(work)


async def test_writers_that_keep_one_document_at_once_do_not_fail(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.keep_client(DOCUMENT_CLIENT)
        await tx.keep_copy(COPY)

    await asyncio.gather(*(store.write(work) for _ in range(20)))
    assert [one.id for one in await store.read(lambda tx: tx.list_clients())] == [URL]


async def test_a_document_that_nobody_asks_for_is_swept_with_its_client_unless_a_grant_lives(store: Store) -> None:
    used = replace(COPY, client_id="client_1")
    late = COPY.fresh_until + 30 * DAY
    assert GRANT.expires_at < late

    async def work(tx: Transaction) -> None:
        await tx.keep_client(DOCUMENT_CLIENT)
        await tx.keep_copy(COPY)
        await granted(tx)
        await tx.db.run("UPDATE grants SET expires_at = $1", late + DAY)
        await tx.keep_client(replace(client("client_1"), source="document"))
        await tx.keep_copy(used)
        await tx.add_client(client("client_2"))
        await tx.sweep(late - 1, 10)
        assert len(await tx.list_copies()) == 2
        await tx.sweep(late, 10)
        assert await tx.list_copies() == [used]
        assert {one.id for one in await tx.list_clients()} == {"client_1", "client_2"}
        await tx.end_grant("grant_1", "ended by the account", late)
        await tx.sweep(late, 10)
        assert await tx.list_copies() == []
        assert [one.id for one in await tx.list_clients()] == ["client_2"]

    await store.write(work)
