"""Requests made from the document, right and nearly right: each answer is one that the document promises."""

import asyncio
import json
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consentry.web.management.table import OPERATIONS
from tests.web.management.conftest import Api, Who, furnished
from tests.web.management.described import hold, operation_at
from tests.web.management.generating import TEXT, bent, of_schema
from tests.web.world import World, world

IN_PATH = st.sampled_from(["reminders", "textkit", "notes", "nothing"]) | st.text(min_size=1, max_size=20)
REQUESTS = 100
WHO: tuple[Who, ...] = ("operator", "owner", "another")


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, str, bytes | None]:
    """Method, path in the document, path as asked for, body."""
    one = draw(st.sampled_from(OPERATIONS))
    path = one.path
    for name in one.parameters:
        path = path.replace(f"{{{name}}}", quote(draw(IN_PATH), safe=""))
    said = operation_at(one.method, one.path)
    if one.paged:
        fields = {
            each["name"]: of_schema(each["schema"]) | TEXT for each in said["parameters"] if each["in"] == "query"
        }
        query = draw(st.fixed_dictionaries({}, optional=fields))
        path += "?" + "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
    body = None
    if one.takes:
        values = of_schema(said["requestBody"]["content"]["application/json"]["schema"])
        body = json.dumps(draw(values | bent(values))).encode()
    return one.method, one.path, path, body


def test_whatever_is_asked_the_answer_is_one_that_the_document_promises(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        opened = world(tmp_path)
        api = runner.run(_opened(opened))
        try:

            @settings(max_examples=REQUESTS, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
            @given(requests(), st.sampled_from(WHO))
            def ask(request: tuple[str, str, str, bytes | None], who: Who) -> None:
                runner.run(_asked(api, who, *request))

            ask()
        finally:
            runner.run(opened.__aexit__(None, None, None))


async def _opened(opened: AbstractAsyncContextManager[World]) -> Api:
    return await furnished(await opened.__aenter__())


async def _asked(api: Api, who: Who, method: str, template: str, path: str, body: bytes | None) -> None:
    headers = {"Content-Type": "application/json"} if body is not None else {}
    response = await api.ask(who, method, path, content=body, headers=headers)
    assert response.status_code < 500, (method, path, body, response.text)
    nowhere = response.status_code == 404  # a part of the path that made it another
    if not (nowhere and "title" in response.json()):
        hold(response, method, template)
