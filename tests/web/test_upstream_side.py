"""What an upstream gets with a call, by way of the whole application: the owner's headers, and a word on who calls."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import KeySet

from consentry.deployments import upstream_headers
from consentry.deployments.administer import Change
from consentry.grants import narrowing
from consentry.store.sql import Transaction
from tests.gateway.serving import serving
from tests.gateway.upstreams import echo
from tests.web.world import EMAIL, ISSUER, World, no_way_out, world

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).parents[2] / "docs" / "upstreams.md").read_text()
SECRET = "Bearer of-the-owner"


@pytest.fixture(scope="module")
async def upstream(anyio_backend: str) -> AsyncIterator[str]:
    async with serving(echo) as url:
        yield f"{url}/mcp"


async def change(here: World, **wanted: Any) -> None:
    async def work(tx: Transaction) -> None:
        found = await tx.find_deployment_by_slug("reminders")
        assert found is not None
        await narrowing.change(tx, found, Change(**wanted), here.clock())

    await here.installation.store.write(work)


async def call(here: World, token: str, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    return await here.client.post(here.resource, json=body, headers={"Authorization": f"Bearer {token}"} | named)


def seen(answer: httpx2.Response) -> dict[str, str]:
    """The headers that came to the upstream, each once."""
    assert answer.status_code == 200, answer.text
    headers: list[list[str]] = answer.json()["headers"]
    assert len(dict(headers)) == len(headers)
    return dict(headers)


def sealed(here: World, url: str, *lines: str) -> bytes:
    fields = upstream_headers.parse(lines)
    assert not isinstance(fields, str)
    return upstream_headers.seal(fields, url, here.installation.sealer) or b""


@pytest.mark.proves("G5", "G6")
async def test_the_owner_s_header_goes_up_and_nothing_that_the_client_says_of_itself(
    here: World, upstream: str
) -> None:
    await change(here, upstream_url=upstream, sealed_headers=sealed(here, upstream, f"Authorization: {SECRET}"))
    _, tokens = await here.connect()
    forged = {
        "X_Forwarded_For": "203.0.113.9",
        "X_Forwarded_User": "boss",
        "Forwarded": "for=203.0.113.9",
        "X_Consentry_Identity": "forged",
        "X_Consentry_Account": "account_9",
        "X_Real_IP": "203.0.113.9",
        "Cookie": "session=1",
    }
    answer = await call(here, tokens["access_token"], **forged)
    headers = seen(answer)
    assert headers["authorization"] == SECRET
    assert not {name for name in headers if name.startswith(("x-forwarded", "x-consentry", "x-real", "cookie", "forw"))}
    assert tokens["access_token"] not in answer.text


@pytest.mark.proves("G5", "G6")
async def test_the_upstream_is_told_who_calls_and_can_verify_it_as_the_page_says(here: World, upstream: str) -> None:
    await change(here, upstream_url=upstream, identity=True)
    client_id, tokens = await here.connect()
    text = seen(await call(here, tokens["access_token"], X_Consentry_Identity="forged"))["x-consentry-identity"]
    assert seen(await call(here, tokens["access_token"]))["x-consentry-identity"] == text
    example: dict[str, Any] = {"__name__": "example"}
    exec(re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0], example)  # noqa: S102
    example |= {"ISSUER": ISSUER, "AUDIENCE": upstream}
    keys = KeySet.import_key_set((await here.client.get("/jwks.json")).json())
    said = example["caller"](text, keys, here.clock())
    assert (said["sub"], said["email"], said["client_id"], said["scope"]) == ("account_1", EMAIL, client_id, "mcp")
    for name, value in (("AUDIENCE", "http://other.example/mcp"), ("ISSUER", "https://evil.example")):
        right, example[name] = example[name], value
        with pytest.raises(ValueError, match="not for this server"):
            example["caller"](text, keys, here.clock())
        example[name] = right
    with pytest.raises(ValueError, match="not for this server"):
        example["caller"](text, keys, said["exp"])
    # It opens nothing here.
    assert (await call(here, text)).status_code == 401
    assert (await here.client.get("/userinfo", headers={"Authorization": f"Bearer {text}"})).status_code == 401


async def test_a_proxy_that_asks_is_told_as_well(here: World, upstream: str) -> None:
    await change(here, upstream_url=upstream, identity=True)
    _, tokens = await here.connect()
    ask = {"Authorization": f"Bearer {tokens['access_token']}"}
    by_proxy = await here.client.get("/forward-auth/reminders", headers=ask)
    assert (
        by_proxy.headers["x-consentry-identity"]
        == seen(await call(here, tokens["access_token"]))["x-consentry-identity"]
    )
    await change(here, identity=False)
    assert "x-consentry-identity" not in (await here.client.get("/forward-auth/reminders", headers=ask)).headers
    assert "x-consentry-identity" not in seen(await call(here, tokens["access_token"]))


async def test_the_person_is_told_that_their_address_is(here: World) -> None:
    await change(here, identity=True)
    await here.sign_in()
    page = await here.ask((await here.register())["client_id"])
    assert "is told your email address with each call" in page.text


@pytest.mark.proves("G14")
async def test_headers_that_do_not_open_stop_the_call_and_are_not_left_out(here: World, upstream: str) -> None:
    await change(here, upstream_url=upstream, sealed_headers=b"sealed under a key that was lost")
    _, tokens = await here.connect()
    answer = await call(here, tokens["access_token"])
    assert answer.status_code == 502
    assert "cannot be opened" in json.loads(answer.text)["error"]["message"]
    moved = upstream.replace("127.0.0.1", "localhost")
    await change(here, upstream_url=moved)  # another origin starts without
    assert "authorization" not in seen(await call(here, tokens["access_token"]))


@pytest.mark.proves("G18")
async def test_a_name_that_leads_inside_by_the_time_of_the_call_is_not_called(
    tmp_path: Path, upstream: str, anyio_backend: str
) -> None:
    leads = ["93.184.216.34"]

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return tuple(leads)

    port = upstream.split(":")[2].partition("/")[0]
    named = f"http://upstream.example:{port}/mcp"
    for allowed in (False, True):
        folder = tmp_path / str(allowed)
        folder.mkdir()
        chosen = {"allow_private_upstreams": allowed}
        async with world(folder, no_way_out, None, resolve, **chosen) as here:
            await change(here, upstream_url=upstream if allowed else named, guarded=True)
            leads[:] = ["127.0.0.1"]
            _, tokens = await here.connect()
            answer = await call(here, tokens["access_token"])
            assert answer.status_code == (200 if allowed else 502)
            assert ("allow_private_upstreams" in answer.text) is not allowed
            leads[:] = ["93.184.216.34"]
