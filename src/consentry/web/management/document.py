"""/api/v1/openapi.json: OpenAPI 3.1, made of the table of operations and of the models that read requests."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from consentry import __version__
from consentry.accounts.personal_tokens import WORDS
from consentry.addresses import Addresses
from consentry.spec import cors
from consentry.web import responses
from consentry.web.management import problems
from consentry.web.management.examples import examples_of
from consentry.web.management.operation import Operation
from consentry.web.management.shapes import ProblemDetails, Query
from consentry.web.site import Site

REF = "#/components/schemas/"
SCHEME = "personal_access_token"
# What stands in paths, each with an example.
PARAMETERS = {
    "slug": ("The deployment's name in its MCP URL.", "notes"),
    "email": ("The address that is invited.", "grace@example.com"),
    "client_id": ("The client's `id`.", "client_4f7Qv2"),
    "application_id": ("The `id` of an application.", "5b1f0c"),
    "account_id": ("The account's `id`.", "account_9sKq"),
    "invitation_id": ("The `id` of an invitation.", "7ad0e4"),
    "session_id": ("The `id` of a browser.", "9f2c11"),
    "token_id": ("The `id` of a personal access token.", "pat_8Jd2"),
    "grant_id": ("The `id` of a connection, or of an API key.", "grant_Zk31xw"),
}


async def show(site: Site, operations: Sequence[Operation], request: Request) -> Response:
    """GET /api/v1/openapi.json, for anybody: it tells nothing of this installation but its address."""
    response = responses.metadata(request, responses.represent(build(operations, site.addresses)))
    response.headers.update(dict(cors.EXPOSED))
    return response


def build(operations: Sequence[Operation], addresses: Addresses) -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for one in operations:
        paths[f"/{one.template}"][one.method.lower()] = _operation(one)
    root = addresses.endpoint(problems.ROOT)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Consentry management API",
            "version": __version__,
            "description": "What the dashboard does, for programs. Times are seconds since 1970. What is not there is "
            "left out, never null. Unknown members are refused. Errors are problem details (RFC 9457).",
        },
        "externalDocs": {"url": root},
        "servers": [{"url": root}],
        "paths": dict(paths),
        "components": {
            "schemas": _schemas(operations),
            "securitySchemes": {
                SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A personal access token. Its scopes: "
                    + "; ".join(f"{scope}: {words}" for scope, words in WORDS.items())
                    + ". Writing takes in reading.",
                }
            },
        },
    }


def _operation(one: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.template.partition("/")[0]],
        "security": [{SCHEME: [one.scope]}],
        "responses": {str(one.status): _success(one)} | _failures(one),
    }
    if parameters := [*map(_in_path, one.parameters), *_in_query(one.query)]:
        made["parameters"] = parameters
    if one.takes:
        made["requestBody"] = {"required": True, "content": {"application/json": _content(one.takes)}}
    return made


def _content(model: type[BaseModel]) -> dict[str, Any]:
    examples = examples_of(model)
    shown = {f"example{number}": {"value": value} for number, value in enumerate(examples, 1)}
    return {"schema": {"$ref": f"{REF}{model.__name__}"}} | ({"examples": shown} if shown else {})


def _success(one: Operation) -> dict[str, Any]:
    if one.gives is None:
        return {"description": "Done."}
    return {"description": _first_line(one.gives), "content": {"application/json": _content(one.gives)}}


def _failures(one: Operation) -> dict[str, Any]:
    by_status: dict[str, list[str]] = defaultdict(list)
    for kind in one.every_problem:
        by_status[str(kind.status)].append(kind.title)
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": f"{REF}{ProblemDetails.__name__}"}}}
    return {status: {"description": ". ".join(titles), "content": content} for status, titles in by_status.items()}


def _in_path(name: str) -> dict[str, Any]:
    said, example = PARAMETERS[name]
    schema = {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "description": said, "schema": schema, "example": example}


def _in_query(model: type[Query]) -> list[dict[str, Any]]:
    found = []
    for name, schema in _plain(model.model_json_schema()).get("properties", {}).items():
        said, examples = schema.pop("description"), schema.pop("examples", [])
        shown = {"example": examples[0]} if examples else {}
        found.append({"name": name, "in": "query", "description": said, "schema": schema} | shown)
    return found


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    taken = dict.fromkeys(one.takes for one in operations if one.takes)
    given = dict.fromkeys([*(one.gives for one in operations if one.gives), ProblemDetails])
    models = [*((model, "validation") for model in taken), *((model, "serialization") for model in given)]
    _, whole = models_json_schema(models, ref_template=f"{REF}{{model}}")  # type: ignore[arg-type]
    found: dict[str, Any] = {name: _plain(schema) for name, schema in sorted(whole["$defs"].items())}
    return found


def _plain(schema: Any) -> Any:
    """Without null, which is neither taken nor given, and without titles, which say nothing that names do not."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: one for name, one in schema.items() if not (name == "title" and isinstance(one, str))}
    if kept.get("default", ...) is None:
        del kept["default"]
    options = kept.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [one for one in options if one != {"type": "null"}]
        del kept["anyOf"]
        kept = rest[0] | kept if len(rest) == 1 else {"anyOf": rest} | kept
    if isinstance(kept.get("properties"), dict):
        properties = {name: _plain(one) for name, one in kept["properties"].items()}
        return {name: _plain(one) for name, one in kept.items() if name != "properties"} | {"properties": properties}
    return {name: one if name == "examples" else _plain(one) for name, one in kept.items()}


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]
