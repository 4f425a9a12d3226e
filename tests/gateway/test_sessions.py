"""Sealed session ids."""

from dataclasses import replace

import pytest

from consentry.gateway.bearer import NoBearer
from consentry.gateway.model import Access, Forward, Headers, Request, Stop
from consentry.gateway.sessions import SealedSessions
from tests.builders import OPERATOR_KEY, sealer
from tests.gateway.remembered import access, target

UPSTREAM_ID = b"s-0123456789abcdef0123456789abcdef"
KIND = (b"content-type", b"application/json")


def request(*presented: bytes, method: str = "POST") -> Request:
    return Request(method, "notes", b"", tuple((b"mcp-session-id", one) for one in presented), NoBearer.ABSENT)


def judged(rule: SealedSessions, asked: Request, who: Access | None = None) -> Forward | Stop:
    decision = rule.judge(asked, Forward(target(), who or access()), 0)
    assert isinstance(decision, Forward | Stop)
    return decision


def answered(forward: Forward | Stop, *headers: tuple[bytes, bytes]) -> Headers:
    assert isinstance(forward, Forward)
    assert forward.answered is not None
    shown, looking = forward.answered(200, headers)
    assert looking is None
    return shown


def begun(rule: SealedSessions, who: Access | None = None) -> bytes:
    shown = dict(answered(judged(rule, request(), who), KIND, (b"mcp-session-id", UPSTREAM_ID)))
    assert shown[KIND[0]] == KIND[1]
    return shown[b"mcp-session-id"]


@pytest.mark.proves("G7")
def test_the_client_holds_a_sealed_id_and_the_server_gets_its_own_back() -> None:
    rule = SealedSessions(sealer())
    sealed = begun(rule)
    assert UPSTREAM_ID not in sealed
    assert sealed.replace(b"-", b"").replace(b"_", b"").isalnum()
    assert len(sealed) < 100
    for method in ("POST", "GET", "DELETE"):
        forward = judged(rule, request(sealed, method=method))
        assert isinstance(forward, Forward)
        assert forward.up == ((b"mcp-session-id", UPSTREAM_ID),)


def test_ids_that_are_very_long_are_opened_anew_each_time_and_fill_no_memory() -> None:
    rule = SealedSessions(sealer())
    for number in range(3):
        own = b"%d" % number * 20_000
        sealed = dict(answered(judged(rule, request()), (b"mcp-session-id", own)))[b"mcp-session-id"]
        for _ in range(2):
            forward = judged(rule, request(sealed))
            assert isinstance(forward, Forward)
            assert forward.up == ((b"mcp-session-id", own),)
    assert not rule._opened
    judged(rule, request(begun(rule)))
    assert len(rule._opened) == 1


@pytest.mark.proves("G7")
@pytest.mark.parametrize(
    "another",
    [
        replace(access(), account_id="another"),
        replace(access(), client_id="another"),
        replace(access(), deployment_id="another"),
    ],
)
def test_anothers_session_is_none(another: Access) -> None:
    rule = SealedSessions(sealer())
    sealed = begun(rule)
    for _ in range(2):
        stop = judged(rule, request(sealed), another)
        assert isinstance(stop, Stop)
        assert stop.status == 404
        assert isinstance(judged(rule, request(sealed)), Forward)


@pytest.mark.parametrize("presented", [UPSTREAM_ID, b"", b"%", b"A" * 90, b"\xff\xfe", b"AAAA====", b"A" * 100_000])
def test_an_id_that_was_not_sealed_here_is_none(presented: bytes) -> None:
    stop = judged(SealedSessions(sealer()), request(presented))
    assert isinstance(stop, Stop)
    assert (stop.status, "initialize" in stop.message) == (404, True)


def test_two_ids_at_once_are_refused() -> None:
    rule = SealedSessions(sealer())
    stop = judged(rule, request(sealed := begun(rule), sealed))
    assert isinstance(stop, Stop)
    assert stop.status == 400


@pytest.mark.proves("G7")
def test_any_replica_opens_it_also_under_an_exchanged_key() -> None:
    sealed = begun(SealedSessions(sealer()))
    other = SealedSessions(sealer(b"a newer key that has 32 letters!", OPERATOR_KEY))
    assert isinstance(judged(other, request(sealed)), Forward)
    assert isinstance(judged(SealedSessions(sealer(b"a newer key that has 32 letters!")), request(sealed)), Stop)


def test_a_server_that_repeats_its_id_is_shown_with_the_one_that_the_client_has() -> None:
    rule = SealedSessions(sealer())
    sealed = begun(rule)
    forward = judged(rule, request(sealed))
    assert answered(forward, KIND, (b"mcp-session-id", UPSTREAM_ID)) == (KIND, (b"mcp-session-id", sealed))
    assert answered(forward, KIND) == (KIND,)
    another = dict(answered(forward, (b"mcp-session-id", b"another")))[b"mcp-session-id"]
    assert another != sealed
    again = judged(rule, request(another))
    assert isinstance(again, Forward)
    assert again.up == ((b"mcp-session-id", b"another"),)


def test_no_names_are_so_odd_that_two_holders_are_one() -> None:
    rule = SealedSessions(sealer())
    sealed = begun(rule, replace(access(), account_id="a\0b", client_id="c"))
    assert isinstance(judged(rule, request(sealed), replace(access(), account_id="a", client_id="b\0c")), Stop)
    assert isinstance(judged(rule, request(sealed), replace(access(), account_id="a\0bc", client_id="")), Stop)
