"""A PostgreSQL that does not let us in says why, and what to do; what is wrong with the URL is told without it."""

import pytest

from consentry.store.driver import StoreError
from consentry.store.postgres import PostgresStore
from tests.builders import NOW
from tests.postgres import Server

pytestmark = pytest.mark.anyio


async def refusal(url: str, *, migrate: bool = False) -> str:
    store = PostgresStore(url)
    try:
        with pytest.raises(StoreError) as caught:
            await (store.migrate(NOW) if migrate else store.pending())
    finally:
        await store.aclose()
    return str(caught.value)


@pytest.mark.slow
async def test_a_user_or_a_database_that_is_not_there_is_told_in_a_sentence(postgres: Server) -> None:
    url = postgres.url("consentry_nowhere")
    sentence = await refusal(url)
    assert sentence.startswith("the database consentry_nowhere at the local socket refuses us: ")
    assert 'database "consentry_nowhere" does not exist. Mend database_url' in sentence
    sentence = await refusal(url.replace("postgres@", "nobody:hunter2hunter2@"))
    assert 'role "nobody" does not exist. Mend database_url' in sentence
    assert "hunter2" not in sentence


@pytest.mark.slow
async def test_a_user_who_may_make_no_tables_is_told_whose_the_database_should_be(postgres: Server) -> None:
    url = await postgres.fresh(migrated=False)
    await postgres.run(
        url, "DROP ROLE IF EXISTS lowly; CREATE ROLE lowly LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    )
    sentence = await refusal(url.replace("postgres@", "lowly@"), migrate=True)
    assert "permission denied for schema public. Mend database_url, or let its user own the database." in sentence


async def test_a_url_that_cannot_be_read_is_told_without_a_piece_of_its_password() -> None:
    sentence = await refusal("postgresql://ada:hun/ter2@db.example/consentry")
    assert sentence.startswith("database_url cannot be read: write its port as a number")
    assert "hun" not in sentence
    assert "ter2" not in sentence


async def test_a_parameter_that_makes_no_sense_is_named() -> None:
    sentence = await refusal("postgresql://ada@127.0.0.1:1/consentry?sslmode=requir")
    assert sentence.startswith("database_url cannot be used: `sslmode` parameter must be one of")


async def test_who_does_not_answer_is_told_with_what_the_system_says() -> None:
    sentence = await refusal("postgresql://ada@127.0.0.1:1/consentry")
    assert sentence.startswith("the database consentry at 127.0.0.1 does not answer (")
    assert "Connect call failed" in sentence
    assert sentence.endswith("is it running?")
