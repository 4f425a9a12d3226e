"""A state machine: what owners, strangers, thieves, the clock and crashes do in any order, against a model of it.

Its laws: at most one live end per grant; whoever lags at most one used rotation by at most the grace is never refused;
after theft outside the grace nothing of the grant lives; a refused request changed nothing; no secret is in the store.
"""

import asyncio
import os
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from consentry.clients import register
from consentry.clients.model import Json
from consentry.clients.policy import RegistrationPolicy
from consentry.clients.register import Registered
from consentry.grants import revoke
from consentry.grants.exchange import Issued
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction
from consentry.tokens import Secret
from tests.bench import Bench
from tests.builders import DAY, GRACE, HOUR, NETWORK, NOW, REDIRECT_URI, params
from tests.grants.places import Database, Files, Place
from tests.postgres import Server

OTHER_RESOURCE = "https://h.example/mcp/other"
TABLES = ("codes", "grants", "access_tokens", "refresh_tokens", "events")


@dataclass(eq=False)
class Life:
    """What the model knows of one grant: its refresh tokens in their order, and when each was first spent."""

    client_id: str
    born: int
    links: list[Secret] = field(default_factory=list)
    spent: list[int] = field(default_factory=list)
    access: list[Secret] = field(default_factory=list)
    over: bool = False

    def live(self, now: int) -> bool:
        return not self.over and now < self.born + 90 * DAY


Link = tuple[Life, int]  # a grant, and the place of a refresh token in its chain


@dataclass(eq=False)
class Approved:
    """A code, and the grant that it bought."""

    secret: Secret
    client_id: str
    at: int
    life: Life | None = None


class Exchanges(RuleBasedStateMachine):
    clients: Bundle[str] = Bundle("clients")
    codes: Bundle[Approved] = Bundle("codes")
    tokens: Bundle[Link] = Bundle("tokens")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.runner = asyncio.Runner()
        self.run = (
            self.runner.get_loop().run_until_complete
        )  # Runner.run handles SIGINT anew each time, which takes longer
        self.lives: list[Life] = []
        self.secrets: list[Secret] = []

    @initialize(target=clients)
    def open(self) -> str:
        self.bench: Bench = self.run(self._prepared())
        return self.bench.client.id

    async def _prepared(self) -> Bench:
        return await Bench(await self.place.open()).prepare()

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            kept = self.run(self.place.close(self.bench.store))
            assert b"client_1" in kept
            for secret in self.secrets:
                assert secret.reveal().encode() not in kept
        self.runner.close()

    @rule(target=clients)
    def register(self) -> str:
        metadata: dict[str, Json] = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"}
        metadata["software_id"] = os.urandom(8).hex()  # in the same words it would be the same client
        policy = RegistrationPolicy(frozenset())
        made = register.make(metadata, policy, os.urandom, self.bench.now)
        assert isinstance(made, Registered)
        self.run(self.bench.store.write(lambda tx: register.register(tx, made, policy, NETWORK, self.bench.now)))
        return made.client.id

    @rule()
    def crash(self) -> None:
        """The process, or the machine under it, is gone in an instant; what was answered is there all the same."""
        before = self.rows()
        self.bench = replace(self.bench, store=self.run(self.place.crash(self.bench.store)))
        assert self.rows() == before

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        return self.run(self.bench.rows(*TABLES))

    @rule(target=codes, client_id=clients)
    def authorize(self, client_id: str) -> Approved:
        secret = self.run(self.bench.as_client(client_id).approve())
        self.secrets.append(secret)
        return Approved(secret, client_id, self.bench.now)

    @rule(seconds=st.sampled_from([1, GRACE - 1, GRACE, GRACE + 1, 600, HOUR, 30 * DAY]))
    def wait(self, seconds: int) -> None:
        self.bench = self.bench.later(seconds)

    @rule(target=tokens, code=codes)
    def exchange_code(self, code: Approved) -> Link | MultipleResults[Link]:
        outcome = self.run(self.bench.as_client(code.client_id).exchange_code(code.secret))
        if code.life is not None:
            assert isinstance(outcome, Refusal)
            assert outcome.reason == "code:replayed"
            code.life.over = True
            return multiple()
        if self.bench.now >= code.at + 600:
            assert isinstance(outcome, Refusal)
            return multiple()
        assert isinstance(outcome, Issued)
        assert outcome.refresh_token is not None
        code.life = Life(code.client_id, self.bench.now, [outcome.refresh_token], [], [outcome.access_token])
        self.lives.append(code.life)
        self.secrets += [outcome.refresh_token, outcome.access_token]
        return code.life, 0

    @rule(target=tokens, token=tokens)
    def refresh(self, token: Link) -> Link | MultipleResults[Link]:
        life, place = token
        outcome = self.run(self.bench.as_client(life.client_id).refresh(life.links[place]))
        now, spent = self.bench.now, len(life.spent)
        stolen = place < spent - 1 and now > life.spent[place + 1] + GRACE
        if not life.live(now) or stolen:
            assert isinstance(outcome, Refusal)
            assert outcome.error == "invalid_grant"
            life.over = True
            return multiple()
        assert isinstance(outcome, Issued), outcome
        assert outcome.refresh_token is not None
        life.access.append(outcome.access_token)
        self.secrets += [outcome.refresh_token, outcome.access_token]
        if place < spent:
            assert outcome.refresh_token == life.links[-1]
            return multiple()
        assert outcome.refresh_token not in life.links
        life.links.append(outcome.refresh_token)
        life.spent.append(now)
        return life, place + 1

    @rule(token=tokens, fault=st.sampled_from(["client", "resource", "scope"]))
    def refuse(self, token: Link, fault: str) -> None:
        """A refused request changes nothing, unless it is the theft of a grant that still lives."""
        life, place = token
        stolen = place < len(life.spent) - 1 and self.bench.now > life.spent[place + 1] + GRACE
        before = self.rows()
        bench = self.bench.as_client("client_2" if fault == "client" else life.client_id)
        changes = {"resource": {"resource": OTHER_RESOURCE}, "scope": {"scope": "admin"}}.get(fault, {})
        outcome = self.run(bench.refresh(life.links[place], **changes))
        assert isinstance(outcome, Refusal)
        if stolen and life.live(self.bench.now) and fault != "client":
            assert outcome.reason == "refresh:reused"
            life.over = True
        else:
            assert self.rows() == before

    @rule(code=codes, verifier=st.sampled_from([None, "w" * 43]))
    def refuse_code(self, code: Approved, verifier: str | None) -> None:
        before = self.rows()
        owner = self.bench.as_client(code.client_id)
        assert isinstance(self.run(owner.exchange_code(code.secret, code_verifier=verifier)), Refusal)
        stranger = self.bench.as_client("client_2")
        assert isinstance(self.run(stranger.exchange_code(code.secret)), Refusal)
        assert self.rows() == before

    @rule(token=tokens)
    def revoke(self, token: Link) -> None:
        life, place = token
        asked = params(token=life.links[place].reveal())
        client, now = self.bench.as_client(life.client_id).client, self.bench.now

        async def work(tx: Transaction) -> Refusal | None:
            return await revoke.revoke(tx, asked, None, client, NETWORK, now)

        assert self.run(self.bench.store.write(work)) is None
        life.over = True

    @rule()
    def sweep(self) -> None:
        """Sweeping is never seen by a client."""
        now = self.bench.now

        async def work(tx: Transaction) -> int:
            return await tx.sweep(now, 3)

        if now < NOW + DAY:  # after that a spent code is forgotten, and its replay ends nothing
            self.run(self.bench.store.write(work))

    @invariant()
    def a_live_grant_has_one_live_end_and_a_dead_one_has_nothing_that_works(self) -> None:
        async def work(tx: Transaction) -> list[int]:
            rows = await tx.db.all(
                "SELECT count(*) FROM refresh_tokens t JOIN grants g ON g.id = t.grant_id"
                " WHERE t.spent_at IS NULL GROUP BY g.id"
            )
            return [row[0] for row in rows]

        if hasattr(self, "bench"):
            assert set(self.run(self.bench.store.read(work))) <= {1}
            for life in self.lives:
                if not life.live(self.bench.now):
                    assert not any(self.run(self.bench.works(access)) for access in life.access)


class OnSQLite(Exchanges):
    def __init__(self) -> None:
        super().__init__(Files())


TestOnSQLite = OnSQLite.TestCase
TestOnSQLite.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)


@pytest.mark.slow
def test_on_postgres(postgres: Server) -> None:
    class OnPostgres(Exchanges):
        def __init__(self) -> None:
            super().__init__(Database(postgres))

    run_state_machine_as_test(OnPostgres, settings=settings(max_examples=25, stateful_step_count=50, deadline=None))
