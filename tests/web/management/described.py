"""The API's own document, and whether an answer is as it says."""

import re
from functools import cache
from typing import Any

import httpx2
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from consentry.addresses import Addresses
from consentry.web.management import document
from consentry.web.management.table import OPERATIONS
from tests.web.world import ISSUER


@cache
def whole() -> dict[str, Any]:
    return document.build(OPERATIONS, Addresses(ISSUER, f"{ISSUER}/mcp/{{slug}}"))


@cache
def validator(ref: str) -> Draft202012Validator:
    """Of one of the document's schemas: OpenAPI 3.1 means those of JSON Schema 2020-12."""
    return Draft202012Validator({"$ref": ref, "components": whole()["components"]})


def operation_at(method: str, path: str) -> dict[str, Any]:
    """What the document says of a request; `path` is below the API."""
    fitting = [
        template for template in whole()["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), f"/{path}")
    ]
    found: dict[str, Any] = whole()["paths"][min(fitting, key=lambda template: template.count("{"))][method.lower()]
    return found


def hold(response: httpx2.Response, method: str, path: str) -> None:
    """Fails where the answer is none that the document promises."""
    promised = operation_at(method, path.partition("?")[0])["responses"]
    assert str(response.status_code) in promised, (method, path, response.status_code, response.text)
    content = promised[str(response.status_code)].get("content")
    if content is None:
        assert response.content == b""
        return
    media_type = response.headers["content-type"].partition(";")[0]
    errors = list(validator(content[media_type]["schema"]["$ref"]).iter_errors(response.json()))
    assert not errors, (method, path, errors)
