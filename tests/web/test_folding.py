"""Registrations that say the same: one client, and nobody's to change."""

from typing import Any

import pytest

from consentry.store.sql import Transaction
from tests.web.world import REDIRECT_URI, World

pytestmark = pytest.mark.anyio

CLAUDE = {
    "client_name": "Claude",
    "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "none",
    "scope": "mcp offline_access",
}
FASTMCP = CLAUDE | {"client_name": "FastMCP Client", "redirect_uris": ["http://localhost:50001/callback"]}


async def registered(here: World, metadata: dict[str, Any]) -> dict[str, Any]:
    response = await here.client.post("/register", json=metadata)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def events(here: World, *names: str) -> list[tuple[str, str]]:
    async def work(tx: Transaction) -> list[tuple[str, str]]:
        return [(event.name, event.reason) for event in await tx.list_events() if event.name in names]

    return await here.installation.store.read(work)


async def count(here: World, table: str) -> int:
    row = await here.installation.store.read(lambda tx: tx.db.one(f"SELECT count(*) FROM {table}"))  # noqa: S608
    return int(row[0]) if row else 0


async def test_58_claudes_are_one_client(here: World) -> None:
    answers = [await registered(here, CLAUDE) for _ in range(58)]
    assert len({answer["client_id"] for answer in answers}) == 1
    assert len({answer["registration_access_token"] for answer in answers}) == 58
    assert await count(here, "clients") == 1
    told = await events(here, "client:registration:created", "client:registration:folded")
    assert [name.rsplit(":", 1)[1] for name, _ in told] == ["created"] + ["folded"] * 57


async def test_a_loopback_port_and_the_order_of_lists_make_no_difference_and_come_back_as_they_were(
    here: World,
) -> None:
    first = await registered(here, FASTMCP)
    again = FASTMCP | {
        "redirect_uris": ["http://localhost:61999/callback"],
        "grant_types": ["refresh_token", "authorization_code"],
        "scope": "offline_access mcp",
    }
    second = await registered(here, again)
    assert second["client_id"] == first["client_id"]
    assert second["redirect_uris"] == ["http://localhost:61999/callback"]
    assert second["scope"] == "offline_access mcp"
    for port in (50001, 61999, 1):
        asked = await here.ask(first["client_id"], redirect_uri=f"http://localhost:{port}/callback")
        assert asked.status_code == 303, "sent to sign in"


async def test_a_loopback_client_has_to_say_its_port(here: World) -> None:
    client_id = (await registered(here, FASTMCP))["client_id"]
    assert (await here.ask(client_id, redirect_uri=None)).status_code == 400


@pytest.mark.parametrize(
    "other",
    [
        {"client_name": "claude"},
        {"redirect_uris": ["https://claude.com/api/mcp/auth_callback"]},
        {"redirect_uris": [*CLAUDE["redirect_uris"], "https://evil.example/cb"]},
        {"grant_types": ["authorization_code"]},
        {"scope": "mcp"},
        {"application_type": "web"},
        {"client_uri": "https://evil.example"},
        {"logo_uri": "https://evil.example/claude.png"},
        {"client_name#de": "Claude (geprüft)"},
        {"contacts": ["a@evil.example"]},
        {"software_id": "x"},
    ],
)
async def test_whatever_people_or_programs_could_see_makes_another_client(here: World, other: dict[str, Any]) -> None:
    assert (await registered(here, CLAUDE))["client_id"] != (await registered(here, CLAUDE | other))["client_id"]


@pytest.mark.parametrize("method", [None, "client_secret_basic", "client_secret_post"])
async def test_clients_with_a_secret_are_never_folded(here: World, method: str | None) -> None:
    metadata = {name: value for name, value in CLAUDE.items() if name != "token_endpoint_auth_method"}
    metadata |= {"token_endpoint_auth_method": method} if method else {}
    one, other = [await registered(here, metadata) for _ in range(2)]
    assert one["client_id"] != other["client_id"]
    assert one["client_secret"] != other["client_secret"]


async def test_each_of_those_who_share_a_client_gets_through_by_itself(here: World) -> None:
    metadata = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"}
    client_id = (await registered(here, metadata))["client_id"]
    assert (await registered(here, metadata))["client_id"] == client_id
    codes = [await here.approve(client_id) for _ in range(2)]
    first, second = [(await here.exchange(client_id, code)).json() for code in codes]
    assert await count(here, "grants") == 2
    # One of them signs out; the other has a grant of its own.
    form = {"client_id": client_id, "token": first["refresh_token"]}
    assert (await here.client.post("/revoke", data=form)).status_code == 200
    assert (await here.refresh(client_id, first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await here.refresh(client_id, second["refresh_token"])).status_code == 200


async def test_no_one_of_those_who_share_a_client_can_change_it(here: World) -> None:
    attacker = await registered(here, CLAUDE)
    victim = await registered(here, CLAUDE)
    hostile = CLAUDE | {"client_id": attacker["client_id"], "redirect_uris": ["https://evil.example/cb"]}
    for one in (attacker, victim):
        headers = {"Authorization": f"Bearer {one['registration_access_token']}"}
        response = await here.client.put(f"/register/{one['client_id']}", json=hostile, headers=headers)
        assert (response.status_code, response.json()["error"]) == (403, "access_denied")
        assert (await here.client.get(f"/register/{one['client_id']}", headers=headers)).json()[
            "redirect_uris"
        ] == CLAUDE["redirect_uris"]
    asked = await here.ask(attacker["client_id"], redirect_uri="https://evil.example/cb")
    assert asked.status_code == 400


async def test_saying_the_same_again_is_no_change(here: World) -> None:
    one = await registered(here, FASTMCP)
    await registered(here, FASTMCP)
    headers = {"Authorization": f"Bearer {one['registration_access_token']}"}
    same = FASTMCP | {"client_id": one["client_id"], "redirect_uris": ["http://localhost:4/callback"]}
    response = await here.client.put(f"/register/{one['client_id']}", json=same, headers=headers)
    assert (response.status_code, response.json()["redirect_uris"]) == (200, same["redirect_uris"])
    read = await here.client.get(f"/register/{one['client_id']}", headers=headers)
    assert read.json() == response.json()


async def test_deleting_a_shared_registration_takes_nothing_from_the_others(here: World) -> None:
    metadata = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"}
    attacker = await registered(here, metadata)
    victim = await registered(here, metadata)
    client_id = victim["client_id"]
    tokens = (await here.exchange(client_id, await here.approve(client_id))).json()
    headers = {"Authorization": f"Bearer {attacker['registration_access_token']}"}
    assert (await here.client.delete(f"/register/{client_id}", headers=headers)).status_code == 204
    assert (await here.client.get(f"/register/{client_id}", headers=headers)).status_code == 401
    assert (await here.refresh(client_id, tokens["refresh_token"])).status_code == 200
    # The last of those who shared it is no more alone than the first was.
    headers = {"Authorization": f"Bearer {victim['registration_access_token']}"}
    hostile = metadata | {"client_id": client_id, "client_name": "Mine now"}
    assert (await here.client.put(f"/register/{client_id}", json=hostile, headers=headers)).status_code == 403
    assert (await here.client.delete(f"/register/{client_id}", headers=headers)).status_code == 204
    assert await count(here, "clients") == 1
    assert len(await events(here, "client:registration:ended")) == 2


async def test_nobody_is_folded_into_a_client_that_changed_itself(here: World) -> None:
    trap = await registered(here, CLAUDE | {"client_name": "Harmless"})
    headers = {"Authorization": f"Bearer {trap['registration_access_token']}"}
    becomes = CLAUDE | {"client_id": trap["client_id"]}
    assert (await here.client.put(f"/register/{trap['client_id']}", json=becomes, headers=headers)).status_code == 200
    for metadata in (CLAUDE, CLAUDE | {"client_name": "Harmless"}):
        assert (await registered(here, metadata))["client_id"] != trap["client_id"]


async def test_the_token_of_a_shared_registration_ends_after_a_month_and_that_of_a_lone_one_does_not(
    here: World,
) -> None:
    alone = await registered(here, CLAUDE | {"client_name": "Alone"})
    shared = [await registered(here, CLAUDE) for _ in range(2)]
    here.clock.now += 30 * 86_400 - 1
    for one, statuses in [(alone, (200, 200)), *((one, (200, 401)) for one in shared)]:
        headers = {"Authorization": f"Bearer {one['registration_access_token']}"}
        for late, status in zip((0, 1), statuses, strict=True):
            here.clock.now += late
            assert (await here.client.get(f"/register/{one['client_id']}", headers=headers)).status_code == status
        here.clock.now -= 1
