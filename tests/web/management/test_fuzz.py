"""Schemathesis asks what the document says, and what it says not: each answer is one that the document promises."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from consentry.web.management import problems
from consentry.web.management.table import OPERATIONS
from tests import stores
from tests.web.management.conftest import Api, Who, furnished
from tests.web.management.described import whole
from tests.web.world import ISSUER, OTHER_EMAIL, REDIRECT_URI, World, world

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    positive_data_acceptance,
]
# What is as the schema says may still ask for what cannot be (422), or for what is another's; but it can be read.
REFUSALS = ["401", "403", "404", "409", "422"]
CONFIG = {
    "generation": {"with-security-parameters": False},
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ["2xx", *REFUSALS]},
        "negative_data_rejection": {"expected-statuses": ["400", *REFUSALS]},
    },
}
# How many times as many as usual: with more than one they are other ones each time, too.
TIMES = int(os.environ.get("FUZZ_TIMES", "1"))
WHO: tuple[Who, ...] = ("operator", "owner", "another")
# What changes the address that would be asked for, before it; what removes, at the end.
ORDER = ("testDeployment", "GET", "POST", "PUT", "PATCH", "DELETE")


Asked = Case[Any]
Offered = APIOperation[Any, Any, Any, Any]


@cache
def operations() -> tuple[Offered, ...]:
    schema = schemathesis.openapi.from_dict(whole(), config=schemathesis.Config.from_dict(CONFIG))
    found = [result for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(found) == len(OPERATIONS)
    return tuple(sorted((result.ok() for result in found), key=_place))


def _place(one: Offered) -> int:
    named = one.definition.raw["operationId"]
    return ORDER.index(named if named in ORDER else one.method.upper())


@dataclass
class Asking:
    """The API to be asked, and what there is in it."""

    runner: asyncio.Runner
    api: Api
    there: dict[str, str]

    def ask(self, case: Asked, who: Who) -> None:
        self.runner.run(self._asked(case, who))

    async def _asked(self, case: Asked, who: Who) -> None:
        sent = requests.Request(**case.as_transport_kwargs(base_url=f"{ISSUER}/{problems.ROOT}")).prepare()
        assert sent.method is not None
        assert sent.url is not None
        headers = {name: str(value) for name, value in sent.headers.items()}
        headers["Authorization"] = f"Bearer {self.api.tokens[who]}"
        content = sent.body if isinstance(sent.body, bytes | str) else None
        response = await self.api.here.client.request(sent.method, sent.url, content=content, headers=headers)
        case.validate_response(Response.from_any(response), checks=CHECKS)


@pytest.fixture(params=stores.BOTH)
def asking(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Asking]:
    with asyncio.Runner() as runner:
        opened = world(tmp_path, **runner.run(stores.settings(request, tmp_path)))
        api = runner.run(_opened(opened))
        yield Asking(runner, api, runner.run(_there(api)))
        runner.run(opened.__aexit__(None, None, None))


async def _opened(opened: AbstractAsyncContextManager[World]) -> Api:
    return await furnished(await opened.__aenter__())


async def _there(api: Api) -> dict[str, str]:
    client = {"name": "Mine", "redirect_uris": [REDIRECT_URI], "confidential": True}
    made = (await api.ask("owner", "POST", "deployments/reminders/clients", json=client)).json()
    key = (await api.ask("owner", "POST", "api-keys", json={"deployment": "reminders", "expires_in": 0})).json()
    named = await api.named("owner")
    mine = {"email": OTHER_EMAIL, "client_id": made["client"]["id"], "grant_id": key["id"]}
    return named | mine | {"slug": "reminders"}


@pytest.mark.proves("C27")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_whatever_is_asked_the_answer_is_one_that_the_document_promises(
    asking: Asking, request: pytest.FixtureRequest, mode: GenerationMode
) -> None:
    bounded = settings(
        max_examples=TIMES * (12 if "sqlite" in request.node.callspec.id else 3),
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    asked: list[str] = []
    for one in operations():
        if mode is GenerationMode.NEGATIVE and not (one.query or one.body):
            continue  # whatever stands in its path is a text
        there = {each.name: asking.there[each.name] for each in one.path_parameters}

        @bounded
        @given(one.as_strategy(mode) | one.as_strategy(mode, path_parameters=there), st.sampled_from(WHO))
        def ask(case: Asked, who: Who) -> None:
            asking.ask(case, who)
            asked.append(case.operation.label)

        ask()
    assert len(asked) > len(operations())
