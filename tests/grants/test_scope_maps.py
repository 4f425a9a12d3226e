"""Scopes of a deployment that has several: what an application is given."""

from dataclasses import replace

import pytest

from consentry.deployments.scope_map import parse
from consentry.grants import authorize
from consentry.grants.model import Permissions
from tests.builders import RESOURCE, client, deployment, params

MAPPED = replace(deployment(), scope_map=parse(["read=@read", "write=@write", "all=*"]))


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (None, {"read"}),
        ("mcp offline_access", {"read", "offline_access"}),
        ("all", {"all"}),
        ("write read x", {"read", "write"}),
    ],
)
def test_an_application_is_given_what_it_asks_for_and_there_is_or_the_smallest(
    asked: str | None, given: set[str]
) -> None:
    permitted = authorize.permitted(params(resource=RESOURCE, scope=asked), client(), MAPPED, RESOURCE)
    assert permitted == Permissions(MAPPED.id, RESOURCE, frozenset(given))
