"""Who is let in, over a real socket."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from consentry.tokens import Kind, mint
from tests.gateway.conftest import Deployed, World
from tests.gateway.remembered import NOW, access, new_token

pytestmark = pytest.mark.anyio

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


@pytest.mark.proves("F6", "F7", "F8", "F12", "G21", "H4")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PUT"])
@pytest.mark.parametrize("slash", ["", "/"])
async def test_whoever_comes_without_a_token_is_shown_the_way_in(world: World, method: str, slash: str) -> None:
    notes = world.deploy()
    answer = await world.client.request(method, notes.url + slash)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        "Bearer resource_metadata="
        f'"https://consentry.test/.well-known/oauth-protected-resource/mcp/{notes.slug}", scope="mcp"'
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"].startswith("req_")
    if method != "HEAD":
        body = answer.json()
        assert body["deployment"] == notes.slug
        assert body["request_id"] == answer.headers["x-request-id"]
        assert "sign in" in body["error_description"]


@pytest.mark.proves("H7")
async def test_the_challenge_never_repeats_what_the_host_header_claims(world: World) -> None:
    notes = world.deploy()
    spoofed = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    answer = await world.client.post(notes.url, headers=spoofed)
    assert answer.status_code == 401
    assert "evil.example" not in answer.headers["www-authenticate"]


@pytest.mark.proves("G20")
@pytest.mark.parametrize("host", ["CONSENTRY.TEST", "consentry.test:443", "consentry.test:80"])
async def test_a_host_in_capitals_or_with_its_port_is_the_same_place(world: World, host: str) -> None:
    notes = world.deploy()
    answer = await world.client.post(notes.url, json=CALL, headers=notes.bearer | {"Host": host})
    assert answer.status_code == 200


@pytest.mark.proves("G1")
async def test_a_token_of_one_deployment_opens_no_other(world: World) -> None:
    notes, mail = world.deploy(), world.deploy()
    assert (await world.client.post(notes.url, json=CALL, headers=notes.bearer)).status_code == 200
    answer = await world.client.post(mail.url, json=CALL, headers=notes.bearer)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert mail.slug in answer.headers["www-authenticate"]


async def test_ending_a_grant_takes_effect_on_the_next_request(world: World) -> None:
    notes = world.deploy()
    assert (await world.client.post(notes.url, json=CALL, headers=notes.bearer)).status_code == 200
    for digest, held in world.find.accesses.items():
        world.find.accesses[digest] = replace(held, ended=True)
    answer = await world.client.post(notes.url, json=CALL, headers=notes.bearer)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_token"


@pytest.mark.proves("F9")
async def test_a_grant_that_was_narrowed_asks_for_more(world: World) -> None:
    notes = world.deploy()
    token = new_token()
    world.find.accesses[token.digest()] = access(notes.slug, scope=frozenset({"openid"}))
    answer = await world.client.post(notes.url, json=CALL, headers={"Authorization": f"Bearer {token.reveal()}"})
    assert answer.status_code == 403
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="insufficient_scope"')
    assert 'scope="mcp"' in challenge
    assert "resource_metadata=" in challenge


async def test_a_stranger_s_guess_never_reaches_the_store(world: World) -> None:
    notes = world.deploy()
    refresh_token = mint(Kind.REFRESH_TOKEN, lambda size: b"r" * size).reveal()
    before = world.find.token_lookups
    for guess in ("undefined", "eyJhbGciOiJub25lIn0.e30.", notes.token[:-1] + "~", refresh_token):
        answer = await world.client.post(notes.url, headers={"Authorization": f"Bearer {guess}"})
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert world.find.token_lookups == before


@pytest.mark.proves("G3")
async def test_a_token_in_the_url_is_refused_and_goes_no_further(world: World) -> None:
    notes = world.deploy()
    uses = len(world.find.uses)
    answer = await world.client.post(f"{notes.url}?access_token={notes.token}", json=CALL)
    assert answer.status_code == 401
    assert "never in the URL" in answer.json()["error_description"]
    assert notes.token not in answer.text
    assert len(world.find.uses) == uses


@pytest.mark.proves("G4")
async def test_a_token_sent_twice_is_a_bad_request(world: World) -> None:
    notes = world.deploy()
    in_both = await world.client.post(f"{notes.url}?access_token=x", json=CALL, headers=notes.bearer)
    twice = await world.client.post(notes.url, json=CALL, headers=[*notes.bearer.items()] * 2)
    for answer in (in_both, twice):
        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize("path", ["/mcp/nobody", "/mcp/", "/mcp/a/b", "/mcp/%3Cscript%3E"])
async def test_an_unknown_deployment_is_not_found_and_the_answer_says_what_to_do(world: World, path: str) -> None:
    answer = await world.client.post(world.base + path, json=CALL)
    assert answer.status_code == 404
    assert "www-authenticate" not in answer.headers
    assert "compare it" in answer.json()["error"]["message"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_method_that_mcp_does_not_have_is_told_the_ones_it_has(world: World) -> None:
    notes = world.deploy()
    answer = await world.client.put(notes.url, headers=notes.bearer)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST, DELETE, OPTIONS"


@pytest.mark.proves("H1", "H2", "H5")
async def test_a_page_may_ask_first_without_a_token(world: World) -> None:
    notes = world.deploy()
    asked = {
        "Origin": "https://inspector.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,mcp-param-region",
    }
    answer = await world.client.options(notes.url, headers=asked)
    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    assert "mcp-param-region" in answer.headers["access-control-allow-headers"]
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.proves("G8", "H4")
async def test_a_page_that_may_have_been_rebound_is_refused_with_or_without_a_token(world: World) -> None:
    notes = world.deploy()
    for headers in ({}, notes.bearer):
        answer = await world.client.post(notes.url, json=CALL, headers={**headers, "Origin": "http://evil.example"})
        assert answer.status_code == 403
        assert "www-authenticate" not in answer.headers
        assert answer.headers["access-control-allow-origin"] == "*"
    allowed = await world.client.post(notes.url, json=CALL, headers=notes.bearer | {"Origin": "https://claude.ai"})
    assert allowed.status_code == 200


async def test_a_used_grant_is_noted_with_the_time_and_a_refused_one_is_not(world: World) -> None:
    notes, other = world.deploy(), world.deploy()
    world.find.uses.clear()
    await world.client.post(notes.url, json=CALL, headers=notes.bearer)
    await world.client.post(notes.url, json=CALL, headers=other.bearer)
    assert world.find.uses == [("gr_1", NOW)]


@pytest.mark.proves("H4")
async def test_a_broken_store_is_our_fault_and_says_which_request_to_quote(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    notes = world.deploy()
    monkeypatch.setattr(world.find, "find_target", _broken(notes))
    answer = await world.client.post(notes.url, json=CALL, headers=notes.bearer)
    assert answer.status_code == 500
    assert answer.headers["access-control-allow-origin"] == "*"
    request_id = answer.headers["x-request-id"]
    assert json.loads(answer.text)["error"]["data"]["request_id"] == request_id
    assert "the disk is on fire" not in answer.text
    (told,) = (one.getMessage() for one in caplog.records if one.name.startswith("consentry.gateway"))
    assert request_id in told
    assert notes.token not in caplog.text


def _broken(deployed: Deployed) -> Callable[[str], Awaitable[None]]:
    async def find_target(slug: str) -> None:
        assert slug == deployed.slug
        raise RuntimeError("the disk is on fire")

    return find_target
