"""A JSON body at /token, where the operator allows it: protocol rule D1."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec import params
from consentry.spec.errors import Refusal
from tests.web.world import VERIFIER, World, world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lenient(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    async with world(tmp_path, token_json_body=True) as built:
        yield built


async def sent(here: World, body: str, path: str = "/token") -> httpx2.Response:
    return await here.client.post(path, content=body, headers={"Content-Type": "application/json; charset=utf-8"})


def error(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


@pytest.mark.proves("D1")
async def test_a_code_is_exchanged_and_refreshed_in_json(lenient: World) -> None:
    client_id = (await lenient.register())["client_id"]
    asked = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": await lenient.approve(client_id),
        "code_verifier": VERIFIER,
        "resource": lenient.resource,
    }
    bought = await sent(lenient, json.dumps(asked))
    assert bought.status_code == 200, bought.text
    again = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": bought.json()["refresh_token"]}
    assert (await sent(lenient, json.dumps(again))).status_code == 200
    assert (await lenient.refresh(client_id, again["refresh_token"])).status_code == 200


@pytest.mark.proves("D1", "C6")
@pytest.mark.parametrize(
    "body",
    ["", "[]", "x", "null", '"grant_type"', '{"grant_type": 1}', '{"grant_type": null}', '{"resource": ["a", "b"]}',
     '{"grant_type": "refresh_token", "grant_type": "refresh_token"}', '{"resource": "a", "resource": "b"}',
     '{"client_id": {"a": "b"}}', '{"client_id": "\\u0000"}', '{"client_id": "\\ud800"}', '{"a": NaN}',
     "[" * 9000, json.dumps({str(number): "x" for number in range(65)})],
)  # fmt: skip
async def test_a_body_that_is_no_object_of_texts_is_refused(lenient: World, body: str) -> None:
    assert error(await sent(lenient, body)) == (400, "invalid_request")


@pytest.mark.proves("D1")
async def test_it_is_off_unless_the_operator_switches_it_on(here: World) -> None:
    assert error(await sent(here, json.dumps({"grant_type": "refresh_token"}))) == (400, "invalid_request")


async def test_other_endpoints_take_forms_alone(lenient: World) -> None:
    for path in ("/revoke", "/introspect", "/par"):
        assert error(await sent(lenient, json.dumps({"token": "x", "client_id": "y"}), path)) == (
            400,
            "invalid_request",
        )


@given(st.binary(max_size=80) | st.dictionaries(st.text(), st.text() | st.none(), max_size=4).map(
    lambda found: json.dumps(found).encode()))  # fmt: skip
def test_no_body_makes_parsing_raise(body: bytes) -> None:
    found = params.parse_json(body)
    if not isinstance(found, Refusal):
        assert all(value for value in found.values.values())
