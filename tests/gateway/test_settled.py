"""A decision that is remembered by a request's head: the next call meets everything that has changed since."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from consentry.deployments.scope_map import parse
from consentry.gateway import entering
from consentry.gateway.app import Gateway
from consentry.gateway.asked import Reading
from consentry.gateway.bearer import NoBearer
from consentry.gateway.identity import Identity
from consentry.gateway.known_tools import KnownTools
from consentry.gateway.model import Decision, Forward, Headers, Policy, Request
from consentry.gateway.quota import Quota
from consentry.gateway.sessions import SealedSessions
from consentry.gateway.tool_rules import ToolRules
from consentry.gateway.upstream import Upstreams
from consentry.limits.leases import Leases
from consentry.limits.quota import Plan
from consentry.sealing import Sealer
from consentry.tokens import Secret
from tests.gateway.calling import Caller, calling
from tests.gateway.remembered import NOW, Recalled, access, new_token, target
from tests.gateway.serving import serving
from tests.gateway.upstreams import echo

pytestmark = pytest.mark.anyio

BODY_LIMIT = 6_000
BODY = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'


@dataclass
class Here:
    """A caller that says the same again and again, and what it meets."""

    caller: Caller
    find: Recalled
    token: Secret
    now: int = NOW
    adding: Headers = field(default=())

    def settles(self, request: Request, forward: Forward) -> bool:
        return False

    def needs_body(self, request: Request, forward: Forward) -> bool:
        return False

    def judge(self, request: Request, forward: Forward, now: int) -> Decision:
        return replace(forward, up=self.adding)

    async def calls(self) -> tuple[int, bytes]:
        await self.caller.say(self.head(len(BODY)) + BODY)
        return await self.caller.answer()

    def head(self, length: int) -> bytes:
        lines = ("POST /mcp/notes HTTP/1.1", "Host: x", f"Authorization: Bearer {self.token.reveal()}")
        return "\r\n".join([*lines, f"Content-Length: {length}", "\r\n"]).encode()

    def change(self, **changes: object) -> None:
        digest = self.token.digest()
        self.find.accesses[digest] = replace(self.find.accesses[digest], **changes)  # type: ignore[arg-type]


@asynccontextmanager
async def standing() -> AsyncIterator[Here]:
    find, token = Recalled(), new_token()
    async with serving(echo) as url, Upstreams() as upstreams:
        here = Here(None, find, token)  # type: ignore[arg-type]
        find.targets["notes"] = target("notes", url)
        find.accesses[token.digest()] = access(expires_at=NOW + 100)
        gateway = Gateway(
            find=find,
            upstreams=upstreams,
            clock=lambda: here.now,
            new_request_id=lambda: "req_1",
            policies=(here,),
            body_limit=BODY_LIMIT,
        )
        async with serving(gateway) as base, calling(base) as here.caller:
            yield here


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    async with standing() as built:
        assert [(await built.calls())[0] for _ in range(3)] == [200] * 3
        yield built


async def test_calls_with_one_head_are_decided_about_once(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "decide", None)
    assert (await here.calls())[0] == 200


async def test_a_grant_that_ends_is_ended_at_the_next_call(here: Here) -> None:
    here.change(ended=True)
    assert (await here.calls())[0] == 401


async def test_a_token_that_expires_is_refused_in_that_second(here: Here) -> None:
    here.now = NOW + 99
    assert (await here.calls())[0] == 200
    here.now = NOW + 100
    assert (await here.calls())[0] == 401


async def test_a_deployment_that_is_paused_or_moved_is_so_at_the_next_call(here: Here) -> None:
    async with serving(echo) as elsewhere:
        here.find.targets["notes"] = replace(target("notes", elsewhere), headers=((b"x-key", b"new"),))
        status, body = await here.calls()
        assert (status, b"x-key" in body) == (200, True)
    here.find.targets["notes"] = replace(here.find.targets["notes"], paused=True)
    assert (await here.calls())[0] == 503


async def test_what_a_policy_adds_to_one_call_goes_up_with_that_one_alone(here: Here) -> None:
    here.adding = ((b"x-word", b"signed"),)
    assert b"signed" in (await here.calls())[1]
    here.adding = ()
    assert b"signed" not in (await here.calls())[1]


async def test_the_length_of_a_body_is_its_own(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "decide", None)
    for body in (BODY, b"{}", b"", b" " * 5_000, BODY):
        await here.caller.say(here.head(len(body)) + body)
        status, told = await here.caller.answer()
        seen = json.loads(told)
        assert (status, seen["size"], seen["body"]) == (200, len(body), body[:1000].decode())
        assert ["content-length", str(len(body))] in seen["headers"]


async def test_a_body_that_is_too_long_is_refused_whatever_its_head_was_worth_before(here: Here) -> None:
    await here.caller.say(here.head(BODY_LIMIT + 1) + bytes(BODY_LIMIT + 1))
    assert (await here.caller.answer())[0] == 413


SEALER = Sealer((bytes(32),), bytes)
POLICIES: tuple[Policy, ...] = (
    Reading(),
    SealedSessions(SEALER),
    ToolRules(KnownTools(None, lambda: NOW)),  # type: ignore[arg-type]
    Identity(None, None),  # type: ignore[arg-type]
    Quota(Leases(None, None, lambda: NOW)),  # type: ignore[arg-type]
)
TARGETS = (
    target(),
    replace(target(), plan=Plan("free", 20)),
    replace(target(), scopes=parse(["mcp=search_*"]), hide_tools=True),
    replace(target(), identity="https://upstream.test"),
)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_that_settles_says_the_same_whatever_the_body_and_the_time(policy: Policy, method: str) -> None:
    asked = Request(method, "notes", b"", ((b"content-length", b"%d" % len(BODY)),), NoBearer.ABSENT)
    for each in TARGETS:
        let_in = Forward(each, access())
        if policy.settles(asked, let_in):
            assert not policy.needs_body(asked, let_in)
            first = policy.judge(asked, let_in, NOW)
            later = policy.judge(asked.reading(BODY), let_in, NOW + 1000)
            assert isinstance(first, Forward)
            assert isinstance(later, Forward)
            assert replace(first, answered=None) == replace(later, answered=None)
            assert (first.answered is None) == (later.answered is None)


def test_what_depends_on_a_body_or_is_counted_never_settles() -> None:
    asked = Request("POST", "notes", b"", ((b"content-length", b"%d" % len(BODY)),), NoBearer.ABSENT)
    limited, ruled, told = (Forward(each, access()) for each in TARGETS[1:])
    reading, _, rules, identity, quota = POLICIES
    assert not reading.settles(asked, limited)
    assert not quota.settles(asked, limited)
    assert not rules.settles(asked, ruled)
    assert not identity.settles(asked, told)
