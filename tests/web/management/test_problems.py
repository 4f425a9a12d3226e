"""Whatever goes wrong below the API is told as problem details: our own faults, and what no route takes."""

import pytest

from consentry.store.sql import Transaction
from consentry.web.management import problems
from tests.web.management.conftest import Api
from tests.web.management.described import hold

pytestmark = pytest.mark.anyio


async def test_a_fault_of_our_own_is_told_with_the_request_and_without_its_cause(api: Api) -> None:
    async def break_it(tx: Transaction) -> None:
        await tx.db.run("DROP TABLE usage")

    await api.here.installation.store.write(break_it)
    response = await api.ask("owner", "GET", "account/quota")
    hold(response, "GET", "account/quota")
    body = response.json()
    assert response.status_code == 500
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["request_id"] in body["detail"]
    assert "usage" not in response.text
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("TRACE", "account", 405),
        ("PROPFIND", "deployments/reminders", 405),
        ("POST", "", 405),
        ("DELETE", "openapi.json", 405),
        ("FOO", "nothing", 405),
        ("GET", "nothing", 404),
        ("GET", "account/", 404),
    ],
)
async def test_what_no_route_takes_is_told_in_the_same_manner(
    api: Api, method: str, path: str, status: int, accept: str
) -> None:
    response = await api.ask("nobody", method, path, headers={"Accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (status, problems.MEDIA_TYPE), response.text
    assert response.json()["request_id"] == response.headers["x-request-id"]
    assert ("allow" in response.headers) is (status == 405)


async def test_what_is_beside_the_api_is_none_of_it(api: Api) -> None:
    response = await api.here.client.get("/api/v2/account")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/json")
