"""A power cut under load, on SQLite (ADR 12): what was answered before it is there after it.

Two files cannot be copied at one instant while they are written, and copied one after the other they fit no instant: a
checkpoint in between moves pages from the log to the database. So the server is stopped where it is, between two
machine instructions, both files are copied, and it goes on. The shared-memory index is put aside: a crash loses it.

A copy holds everything that was written, a disk perhaps only what was synced. So each instant is tried twice: as it was
found, and at its worst, where all that need not have been synced is lost or torn (`worst`).
"""

import random
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from consentry.grants import refresh as refresh_grant
from consentry.grants.exchange import Exchange, Issued
from consentry.store.sql import Transaction
from consentry.store.sqlite import SQLiteStore
from consentry.tokens import Secret
from tests import sqlite
from tests.builders import NETWORK, client, params
from tests.load import wal
from tests.load.callers import Caller, connecting, crowd
from tests.load.conftest import Tell
from tests.load.ground import Ground
from tests.load.served import Served, serving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CLIENTS = 40
INSTANTS = 40
NAME = "consentry.db"
INDEX = "index"  # under another name than SQLite's, so that it makes a new one


@dataclass(frozen=True)
class Answer:
    """What a client had in hand."""

    client_id: str
    refresh_token: Secret
    access_token: Secret


@dataclass
class Tally:
    """What the instants met with."""

    honoured: int = 0
    unfinished: int = 0
    unsynced: int = 0
    torn_pages: int = 0


async def test_what_was_answered_before_a_power_cut_is_there_after_it(
    sqlite_ground: Ground, tmp_path: Path, tell: Tell
) -> None:
    moments = random.Random(7)  # noqa: S311
    tally = Tally()
    answered: set[bytes] = set()
    instants: list[tuple[Path, list[Answer]]] = []
    async with serving(sqlite_ground, afresh=True) as served, connecting(sqlite_ground) as http:
        clients = await crowd(sqlite_ground, http, CLIENTS, served.until_up)
        async with clients.at_work():
            await clients.everyone_goes_on()
            for number in range(INSTANTS):
                await clients.more_answers(moments.randrange(1, 2 * CLIENTS))
                held = [in_hand(caller) for caller in clients.callers]
                answered |= {answer.refresh_token.digest() for answer in held}
                found, spoilt = tmp_path / f"found-{number}", tmp_path / f"worst-{number}"
                copy_at_once(served, tmp_path, found)
                shutil.copytree(found, spoilt)
                worst(spoilt, found, answered, moments, tally)
                instants += [(found, held), (spoilt, held)]
        assert clients.refused == []
        assert clients.lost == 0
    for folder, held in instants:  # only now, so that meanwhile nobody keeps the server busy for nothing
        await honours(sqlite_ground, folder / NAME, held)
        tally.honoured += len(held)
        shutil.rmtree(folder)
    assert tally.unsynced > 0
    assert tally.torn_pages > 0
    tell(
        f"{INSTANTS} power cuts while {CLIENTS} clients refresh: {tally.honoured} answers honoured, 0 lost; "
        f"{tally.unfinished} cuts amid a transaction, {tally.unsynced} commits lost before their answer, "
        f"{tally.torn_pages} pages torn"
    )


def in_hand(caller: Caller) -> Answer:
    return Answer(caller.client_id, Secret(caller.refresh_token), Secret(caller.access_token))


def copy_at_once(served: Served, source: Path, target: Path) -> None:
    """By another process: a descriptor of ours, when closed, would drop the locks of our own connection."""
    target.mkdir()
    served.freeze()
    try:
        subprocess.run(["cp", source / NAME, source / f"{NAME}-wal", target], check=True)
        subprocess.run(["cp", source / f"{NAME}-shm", target / INDEX], check=True)
    finally:
        served.thaw()


def worst(folder: Path, found: Path, answered: set[bytes], moments: random.Random, tally: Tally) -> None:
    """Takes away and spoils what the disk need not have had.

    Of the log that is the last transaction at most: the server writes one at a time, and syncs the log before it goes
    on to the next, before it answers, and before a checkpoint copies it. Of the database it is every page that the log
    still has: they are written by a checkpoint, and the log is begun anew only when the database has been synced.
    """
    log = wal.read(folder / f"{NAME}-wal")
    commits = [0, *log.commits]
    kept = commits[-1]
    tally.unfinished += log.unfinished
    torn = moments.randbytes(moments.randrange(1, wal.FRAME_HEADER + log.page_size))
    if len(commits) > 1 and commits[-2] >= wal.synced_for_a_checkpoint(found / INDEX, log):
        wal.cut(folder / f"{NAME}-wal", commits[-2], log, torn)
        if answered & (tokens(found) - tokens(folder)):
            shutil.copyfile(found / f"{NAME}-wal", folder / f"{NAME}-wal")
        else:
            kept = commits[-2]
            tally.unsynced += 1
    wal.cut(folder / f"{NAME}-wal", kept, log, torn)
    tally.torn_pages += wal.tear_pages(folder / NAME, log, kept, moments.randbytes(log.page_size))


def tokens(folder: Path) -> set[bytes]:
    """The refresh tokens that are there, by digest; read from a copy of the copy, for opening it changes it."""
    there = folder.with_name(f"{folder.name}-read")
    shutil.copytree(folder, there)
    with closing(sqlite3.connect(there / NAME)) as database:
        found = {bytes(digest) for (digest,) in database.execute("SELECT digest FROM refresh_tokens")}
    shutil.rmtree(there)
    return found


async def honours(ground: Ground, file: Path, held: list[Answer]) -> None:
    """Opens the copy as the server would, and has every client go on with what it had in hand."""
    here = ground.installation
    store = SQLiteStore(file)
    sqlite.be_careless(store)
    try:
        with closing(sqlite3.connect(file)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        for answer in held:
            found = await store.read(partial(Transaction.find_access_token, digest=answer.access_token.digest()))
            assert found is not None
            assert found.grant.live(here.clock())
            form = params(refresh_token=answer.refresh_token.reveal())
            request = Exchange(form, client(answer.client_id), NETWORK, here.terms, here.clock())
            issued = await store.write(partial(refresh_grant.exchange, request=request))
            assert isinstance(issued, Issued), issued
    finally:
        store.close()
