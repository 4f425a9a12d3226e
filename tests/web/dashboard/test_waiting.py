"""Applications that wait for an operator, who sees where they lead, lets them in or turns them away."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.dashboard.conftest import Place, placed

pytestmark = pytest.mark.anyio

PAGE = "/dashboard/waiting"


@pytest.fixture
async def strict(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Place]:
    async with placed(tmp_path, registration="approval") as place:
        yield place


async def test_what_waits_is_approved_by_an_operator_and_connects(strict: Place) -> None:
    here = strict.here
    client_id = (await here.register(client_name="Marvin"))["client_id"]
    here.browser = strict.owner.browser
    assert "waits for approval" in (await here.ask(client_id)).text
    page = await strict.operator.open(PAGE)
    assert "Calls itself Marvin" in page.text
    assert "Sends people to client.example" in page.text
    assert "The application is approved" in (await strict.operator.pressed(PAGE, f"{PAGE}/approve")).text
    assert "No application is waiting" in (await strict.operator.open(PAGE)).text
    code = await here.approve(client_id)
    assert (await here.exchange(client_id, code)).status_code == 200


async def test_what_is_turned_away_is_gone_and_nothing_else_can_be(strict: Place) -> None:
    here = strict.here
    client_id = (await here.register(client_name="Marvin"))["client_id"]
    page = await strict.operator.open(PAGE)
    assert "turned away" in (await strict.operator.pressed(PAGE, f"{PAGE}/refuse")).text
    here.browser = strict.owner.browser
    assert "has been removed" in (await here.ask(client_id)).text
    await strict.owner.pressed(
        "/dashboard/deployments/reminders/connect", "/dashboard/deployments/reminders/connect", preset="vscode"
    )
    (made,) = await here.installation.store.read(lambda tx: tx.list_clients())
    answer = await strict.operator.press(page, f"{PAGE}/refuse", client_id=made.id)
    assert answer.headers["location"] == PAGE
    assert len(await here.installation.store.read(lambda tx: tx.list_clients())) == 1


async def test_the_way_there_is_for_operators_where_somebody_waits_at_all(strict: Place, tmp_path: Path) -> None:
    def leads(links: list[dict[str, str]]) -> bool:
        return PAGE in [link["href"] for link in links]

    assert leads((await strict.operator.open("/dashboard")).all("a"))
    assert not leads((await strict.owner.open("/dashboard")).all("a"))
    async with placed(tmp_path / "open") as everybody:
        assert not leads((await everybody.operator.open("/dashboard")).all("a"))
