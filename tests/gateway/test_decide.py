import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.deployments.authentication import Authentication
from consentry.deployments.scope_map import parse
from consentry.gateway.bearer import Credential, NoBearer
from consentry.gateway.decide import check_answer, decide, holds_until
from consentry.gateway.model import Access, Forward, Header, Request, Stop, Target
from consentry.spec.challenge import Challenge
from tests.gateway.remembered import NOW, access, new_token, target

LIMIT = 1000
TARGET = target()
HELD = access()
TOKEN = new_token()


def request(method: str = "POST", *headers: Header, credential: Credential = TOKEN) -> Request:
    return Request(method, "notes", b"", headers, credential)


def outcome(
    asked: Request, found: Access | None = HELD, deployment: Target | None = TARGET, now: int = NOW
) -> Forward | Challenge | Stop:
    return decide(asked, deployment, found, now, LIMIT)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_good_token_passes(method: str) -> None:
    assert outcome(request(method)) == Forward(TARGET, HELD)


FOREIGN = Authentication(("oauth", "jwt"), sunset_at=NOW + 50)


@given(st.integers(NOW - 100, NOW + 100), st.integers(NOW - 100, NOW + 100), st.booleans())
def test_what_may_pass_may_pass_until_the_moment_that_is_told(expires_at: int, later: int, foreign: bool) -> None:
    found = replace(HELD, expires_at=expires_at, foreign=foreign)
    deployment = replace(TARGET, auth=FOREIGN) if foreign else TARGET
    decision = outcome(request(), found, deployment, NOW)
    if isinstance(decision, Forward) and later >= NOW:
        now_and_later = outcome(request(), found, deployment, later) == decision
        assert now_and_later == (later < holds_until(deployment, found))


@pytest.mark.proves("F6", "F7", "F8", "F12")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "TRACE"])
def test_without_a_token_every_method_is_challenged_and_no_error_is_named(method: str) -> None:
    refused = outcome(request(method, credential=NoBearer.ABSENT), found=None)
    assert refused == Challenge(TARGET.resource_metadata, frozenset({"mcp"}))
    assert isinstance(refused, Challenge)
    assert (refused.status, refused.error) == (401, None)


@pytest.mark.proves("F6", "F8", "G1")
@pytest.mark.parametrize(
    ("found", "now", "says"),
    [
        (None, NOW, "not known"),
        (replace(HELD, ended=True), NOW, "was ended"),
        (HELD, HELD.expires_at, "has expired"),
        (HELD, HELD.expires_at + 1, "has expired"),
        (replace(HELD, deployment_id="dep_other"), NOW, "another MCP server"),
        # What it may do elsewhere is not told: the audience is looked at first.
        (replace(HELD, deployment_id="dep_other", scope=frozenset()), NOW, "another MCP server"),
    ],
)
def test_a_token_that_is_no_longer_or_never_was_for_this_server_is_invalid(
    found: Access | None, now: int, says: str
) -> None:
    refused = outcome(request(), found, now=now)
    assert isinstance(refused, Challenge)
    assert (refused.status, refused.error) == (401, "invalid_token")
    assert says in refused.description


def test_a_token_lives_until_the_second_it_expires_in() -> None:
    assert isinstance(outcome(request(), now=HELD.expires_at - 1), Forward)


@pytest.mark.proves("F9")
def test_a_token_of_no_scope_that_is_known_there_is_told_the_smallest() -> None:
    mapped = replace(TARGET, scopes=parse(["files=read_*", "all=*"]))
    refused = outcome(request(), HELD, mapped)
    assert isinstance(refused, Challenge)
    assert (refused.status, refused.error) == (403, "insufficient_scope")
    assert 'scope="files"' in refused.render()
    assert isinstance(outcome(request(), replace(HELD, scope=frozenset({"all"})), mapped), Forward)
    assert TARGET.resource_metadata in refused.render()
    assert refused.description


@pytest.mark.proves("F11")
@pytest.mark.parametrize(
    ("credential", "found"),
    [
        (NoBearer.UNRECOGNISED, None),
        (NoBearer.IN_QUERY, None),
        (NoBearer.REPEATED, None),
        (TOKEN, None),
        (TOKEN, replace(HELD, ended=True)),
        (TOKEN, replace(HELD, expires_at=NOW)),
        (TOKEN, replace(HELD, deployment_id="dep_other")),
        (TOKEN, replace(HELD, scope=frozenset())),
    ],
)
def test_a_client_s_first_match_of_a_name_in_a_challenge_is_the_right_one(
    credential: Credential, found: Access | None
) -> None:
    refused = outcome(request(credential=credential), found)
    assert isinstance(refused, Challenge)
    for name, value in (("error", refused.error), ("scope", "mcp")):
        match = re.search(f'{name}=(?:"([^"]+)"|([^\\s,]+))', refused.render())
        assert match
        assert match.group(1) == value


@pytest.mark.proves("G3", "G4")
@pytest.mark.parametrize(
    ("credential", "status", "error"),
    [(NoBearer.IN_QUERY, 401, "invalid_token"), (NoBearer.REPEATED, 400, "invalid_request")],
)
def test_a_token_sent_in_the_wrong_way_is_refused(credential: Credential, status: int, error: str) -> None:
    refused = outcome(request(credential=credential), found=None)
    assert isinstance(refused, Challenge)
    assert (refused.status, refused.error) == (status, error)


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "TRACE"])
def test_a_method_that_mcp_does_not_have_is_named_after_the_token_is_checked(method: str) -> None:
    stop = outcome(request(method))
    assert isinstance(stop, Stop)
    assert stop.status == 405
    assert stop.headers == (("Allow", "GET, POST, DELETE, OPTIONS"),)


def test_an_unknown_slug_says_what_to_compare() -> None:
    stop = outcome(request(), None, None)
    assert isinstance(stop, Stop)
    assert stop.status == 404
    assert "compare" in stop.message


@pytest.mark.proves("G8")
@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS"])
def test_a_foreign_page_is_refused_even_with_a_good_token(method: str) -> None:
    stop = outcome(request(method, (b"origin", b"http://evil.example")))
    assert isinstance(stop, Stop)
    assert stop.status == 403


@pytest.mark.proves("H1")
def test_a_preflight_needs_no_token() -> None:
    asked = request("OPTIONS", (b"access-control-request-headers", b"mcp-param-x"), credential=NoBearer.ABSENT)
    stop = outcome(asked, None)
    assert isinstance(stop, Stop)
    assert (stop.status, stop.message) == (204, "")
    assert "mcp-param-x" in dict(stop.headers)["Access-Control-Allow-Headers"]
    assert dict(stop.headers)["Access-Control-Allow-Methods"] == "GET, POST, DELETE, OPTIONS"


@pytest.mark.parametrize(("length", "passes"), [(LIMIT, True), (LIMIT + 1, False)])
def test_a_body_that_says_it_is_too_long_is_not_begun(length: int, passes: bool) -> None:
    decided = outcome(request("POST", (b"content-length", str(length).encode())))
    if passes:
        assert isinstance(decided, Forward)
    else:
        assert isinstance(decided, Stop)
        assert decided.status == 413


@pytest.mark.proves("G14")
@pytest.mark.parametrize("status", [100, 101, 300, 301, 302, 303, 304, 307, 308, 401, 403, 407, 600, 999])
def test_an_upstream_s_redirect_refusal_or_nonsense_becomes_a_bad_gateway(status: int) -> None:
    stop = check_answer(status)
    assert stop
    assert stop.status == 502
    assert "owner" in stop.message
    assert str(status) in stop.reason


@pytest.mark.parametrize("status", [200, 202, 204, 400, 404, 405, 406, 409, 415, 429, 500, 503])
def test_an_upstream_s_other_answers_are_the_client_s_to_read(status: int) -> None:
    assert check_answer(status) is None
