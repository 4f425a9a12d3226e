"""/metrics: what is counted, for whom, and what is never in it."""

from pathlib import Path

import httpx2
import pytest

from tests.web.world import World, world

pytestmark = [pytest.mark.anyio, pytest.mark.proves("H9")]
TOKEN = "of-prometheus-alone"
HERE = "http://127.0.0.1:8000"
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}


def local(here: World, address: str = "127.0.0.1") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(here.app, client=(address, 40_000))
    return httpx2.AsyncClient(transport=transport, base_url=here.installation.addresses.issuer)


async def test_requests_are_counted_by_route_and_status_and_calls_by_status(tmp_path: Path) -> None:
    async with world(tmp_path, public_url=HERE) as here, local(here) as prometheus:
        await here.client.get("/mcp/reminders")
        await here.client.post("/token", data={"grant_type": "none-of-ours"})
        told = (await prometheus.get("/metrics")).text
    assert 'consentry_request_seconds_count{route="/token",status="401"}' in told
    assert 'consentry_mcp_request_seconds_count{status="401"}' in told
    assert "process_cpu_seconds_total" in told


async def test_neither_paths_nor_secrets_of_strangers_are_in_it(tmp_path: Path) -> None:
    async with world(tmp_path, public_url=HERE) as here, local(here) as prometheus:
        await here.client.get("/a-path-of-a-stranger")
        await here.client.get("/mcp/a-slug-of-a-stranger")
        registered = await here.register(token_endpoint_auth_method="client_secret_post")
        told = (await prometheus.get("/metrics")).text
    for text in ("stranger", registered["client_id"], registered["client_secret"]):
        assert text not in told


@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"Via": "1.1 p"}]
)
async def test_without_a_token_it_is_for_direct_requests_of_this_machine(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async with world(tmp_path, public_url=HERE) as here, local(here) as near, local(here, "203.0.113.7") as far:
        assert (await near.get("/metrics")).status_code == 200
        assert (await near.get("/metrics", headers=headers)).status_code == 404
        assert (await far.get("/metrics")).status_code == 404


async def test_a_token_opens_it_from_anywhere_and_nothing_else_does(tmp_path: Path) -> None:
    async with world(tmp_path, metrics_token=TOKEN) as here, local(here) as near, local(here, "203.0.113.7") as far:
        assert (await far.get("/metrics", headers=WITH_TOKEN)).status_code == 200
        assert (await near.get("/metrics")).status_code == 404
        for wrong in ("Bearer another", TOKEN, f"Basic {TOKEN}", ""):
            assert (await near.get("/metrics", headers={"Authorization": wrong})).status_code == 404


async def test_where_there_is_https_there_is_a_proxy_and_so_a_token(tmp_path: Path) -> None:
    async with world(tmp_path) as here, local(here) as near:
        assert (await near.get("/metrics")).status_code == 404
