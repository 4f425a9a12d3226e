"""/api/v1: the reference, read out of the same document that programs read."""

import json
import shlex
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts.personal_tokens import WORDS
from consentry.addresses import Addresses
from consentry.web import showing
from consentry.web.management import document, problems
from consentry.web.management.operation import Operation
from consentry.web.pages.api_views import ApiReference, MemberLine, ModelLine, OperationLine
from consentry.web.site import Site


async def show(site: Site, operations: Sequence[Operation], request: Request) -> Response:
    """GET /api/v1, for anybody."""
    return showing.show(request, site, view(site.addresses, operations), None)


def view(addresses: Addresses, operations: Sequence[Operation]) -> ApiReference:
    """The document, for people."""
    whole = document.build(operations, addresses)
    root = whole["servers"][0]["url"]
    return ApiReference(
        root=root,
        description=whole["info"]["description"],
        document_url=addresses.path(f"{problems.ROOT}/openapi.json"),
        tokens_url=addresses.path("account/tokens"),
        scopes=tuple(WORDS.items()),
        operations=tuple(
            _operation(root, path, method, one)
            for path, methods in whole["paths"].items()
            for method, one in methods.items()
        ),
        models=tuple(_model(name, schema) for name, schema in whole["components"]["schemas"].items()),
        problems=tuple((kind.name, kind.status, kind.title, kind.words) for kind in problems.KINDS),
    )


def _operation(root: str, path: str, method: str, one: dict[str, Any]) -> OperationLine:
    answers = one["responses"]
    status = next(code for code in answers if code < "300")
    taken = one.get("requestBody", {}).get("content", {}).get("application/json", {})
    return OperationLine(
        name=one["operationId"],
        method=method.upper(),
        path=path,
        summary=one["summary"],
        scope=one["security"][0][document.SCHEME][0],
        takes=_name(taken),
        gives=_name(answers[status].get("content", {}).get("application/json", {})),
        status=status,
        parameters=tuple((each["name"], each["description"]) for each in one.get("parameters", [])),
        failures=tuple((code, said["description"]) for code, said in answers.items() if code != status),
        example=_curl(root + path, method.upper(), taken),
        answer=_answer(answers[status].get("content", {}).get("application/json", {})),
        chapter=one["tags"][0],
    )


def _answer(given: dict[str, Any]) -> str | None:
    examples = list(given.get("examples", {}).values())
    return json.dumps(examples[0]["value"], indent=2, ensure_ascii=False) if examples else None


def _curl(url: str, method: str, taken: dict[str, Any]) -> str:
    words = ["curl", '-H "Authorization: Bearer $TOKEN"']
    if method not in {"GET", "POST"} or (method == "POST" and not taken):
        words.append(f"-X {method}")
    if taken:
        example = next(iter(taken["examples"].values()))["value"]
        words += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(example))}"]
    return " ".join([*words, shlex.quote(url)])


def _model(name: str, schema: dict[str, Any]) -> ModelLine:
    needed = schema.get("required", [])
    members = tuple(
        MemberLine(member, _kind(one), member in needed, one.get("description", ""))
        for member, one in schema.get("properties", {}).items()
    )
    return ModelLine(name, schema.get("description", ""), members)


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].removeprefix(document.REF))
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    match schema.get("type"):
        case "array":
            return f"array of {_kind(schema['items'])}"
        case "object":
            members = schema["additionalProperties"]
            return f"object of {_kind(members)}" if isinstance(members, dict) else "object"
        case kind:
            return str(kind)


def _name(content: dict[str, Any]) -> str | None:
    ref = content.get("schema", {}).get("$ref")
    return ref.removeprefix(document.REF) if ref else None
