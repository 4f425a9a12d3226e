"""The document describes what there is: its examples run, its schemas hold, and the reference is read out of it."""

import re

import pytest
from dev import api_page
from pydantic import BaseModel

from consentry.accounts.personal_tokens import SCOPES
from consentry.web.management import document
from consentry.web.management.examples import examples_of
from consentry.web.management.problems import KINDS
from consentry.web.management.table import OPERATIONS
from tests.web.management.conftest import EVERYWHERE, Api
from tests.web.management.described import hold, validator, whole
from tests.web.pages.reading import Reading

pytestmark = pytest.mark.anyio


async def test_it_is_served_to_anybody_and_kept_by_its_tag(api: Api) -> None:
    response = await api.ask("nobody", "GET", "openapi.json")
    assert response.json() == whole()
    assert response.headers["access-control-allow-origin"] == "*"
    tag = {"If-None-Match": response.headers["etag"]}
    assert (await api.ask("nobody", "GET", "openapi.json", headers=tag)).status_code == 304


def test_every_reference_in_it_leads_somewhere_and_nothing_may_be_null() -> None:
    def walk(part: object) -> None:
        if isinstance(part, list):
            for one in part:
                walk(one)
        elif isinstance(part, dict):
            if "$ref" in part:
                assert part["$ref"].removeprefix(document.REF) in whole()["components"]["schemas"]
            assert part.get("type") != "null"
            for one in part.values():
                walk(one)

    walk(whole())
    names = [one["operationId"] for methods in whole()["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names)) == len(OPERATIONS)


@pytest.mark.parametrize("name", [one.name for one in OPERATIONS if one.takes])
def test_every_body_has_examples_that_are_as_its_schema_says(name: str) -> None:
    takes = next(one.takes for one in OPERATIONS if one.name == name)
    assert takes is not None
    examples = examples_of(takes)
    assert examples
    for example in examples:
        validator(f"{document.REF}{takes.__name__}").validate(example)


@pytest.mark.parametrize(
    "gives", dict.fromkeys(one.gives for one in OPERATIONS if one.gives), ids=lambda one: one.__name__
)
def test_every_answer_has_an_example_that_is_as_its_schema_says(gives: type[BaseModel]) -> None:
    example = examples_of(gives)[0]
    validator(f"{document.REF}{gives.__name__}").validate(example)
    gives.model_validate(example)


def test_every_parameter_of_a_path_is_told_with_an_example() -> None:
    told = [
        each
        for methods in whole()["paths"].values()
        for one in methods.values()
        for each in one.get("parameters", [])
        if each["in"] == "path"
    ]
    assert all(each["example"] and each["description"] for each in told)


@EVERYWHERE
async def test_every_example_runs_in_the_order_of_the_table(api: Api) -> None:
    waiting = await api.waiting()
    named, made = await api.named("operator") | {"slug": "notes"}, dict[str, str]()
    for one in sorted(OPERATIONS, key=lambda one: (one.method == "DELETE", one.path == "deployments/{slug}")):
        for body in examples_of(one.takes) if one.takes else [None]:
            client = waiting if one.path.startswith("clients") else made.get("createClient")
            ids = named | {"client_id": client, "grant_id": made.get("createApiKey") or ""}
            at = one.template.format(**ids)
            response = await api.ask("operator", one.method, at, json=body)
            assert response.status_code == one.status, (one.name, response.text)
            hold(response, one.method, at)
            answer = response.json() if response.content else {}
            made[one.name] = answer.get("client", answer).get("id")


async def test_the_reference_shows_every_operation_model_and_problem(api: Api) -> None:
    response = await api.ask("nobody", "GET", "")
    assert response.status_code == 200
    assert "script-src" not in response.headers["content-security-policy"]
    page = Reading(response.text)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {one.name for one in OPERATIONS} | set(whole()["components"]["schemas"]) | {k.name for k in KINDS} <= set(
        ids
    )
    targets = {link["href"][1:] for link in page.all("a") if link["href"].startswith("#")}
    assert targets <= set(ids)
    assert "curl" in page.text


def test_the_documentation_names_every_scope_and_operation() -> None:
    page = api_page.PAGE.read_text()
    assert page == api_page.render(page), "python -m dev.api_page writes it anew"
    assert re.findall(r"^\| `([a-z:]+)` \|", page, re.MULTILINE) == list(SCOPES)
    rows = re.findall(r"^\| `([A-Z]+ \S+)` \|", page, re.MULTILINE)
    assert rows == [f"{one.method} {one.template}" for one in OPERATIONS]
