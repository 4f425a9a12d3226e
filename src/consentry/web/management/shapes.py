"""What the API takes and gives, as models: the document describes them, and requests are read by them."""

from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from consentry.accounts.personal_tokens import TokenScope
from consentry.deployments.admission import AccessPolicy
from consentry.deployments.authentication import AuthMode
from consentry.deployments.health import HealthState
from consentry.formats import TokenFormat

LARGEST = 9_007_199_254_740_991  # RFC 8259 §6: what every program reads alike
NUL = "nul"
EpochSeconds = Annotated[int, Field(description="Seconds since 1970-01-01 00:00 UTC.")]
Selector = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^, ]([^,]*[^, ])?$")]
Scopes = Annotated[
    dict[str, list[Selector]],
    Field(
        description="Each scope with the tools that it opens: names, patterns with *, @read, @write, @destructive. The "
        "smallest first: it is what an application gets that asks for none."
    ),
]
KeyTtl = Annotated[int, Field(description="Life of an application's API key in seconds; 0 for one without end.")]


class Given(BaseModel):
    """What comes in: nothing unknown, nothing bent into shape, and no null, which would mean two things."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _no_null(cls, data: Any) -> Any:
        if isinstance(data, dict) and (empty := next((name for name, value in data.items() if value is None), None)):
            raise ValueError(f"Leave the member {str(empty)[:100]} out rather than sending null")
        if _holds_nul(data):
            raise PydanticCustomError(NUL, "A text holds a NUL character: leave it out")
        return {name: _whole(value) for name, value in data.items()} if isinstance(data, dict) else data


def _whole(value: Any) -> Any:
    """1.0 is an integer (JSON Schema 2020-12, Validation §6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _holds_nul(data: Any) -> bool:
    """PostgreSQL keeps none."""
    match data:
        case str():
            return "\0" in data
        case dict():
            return any(_holds_nul(one) for pair in data.items() for one in pair)
        case list():
            return any(_holds_nul(one) for one in data)
        case _:
            return False


class Query(Given):
    """What stands behind the question mark of an address: here, nothing."""

    @classmethod
    def parameters(cls) -> dict[str, type]:
        """Each name, and whether it is a number, a truth or a text."""
        found: dict[str, type] = {}
        for name, field in cls.model_fields.items():
            kinds = (field.annotation, *get_args(field.annotation))
            found[name] = bool if bool in kinds else int if int in kinds else str
        return found


class Shown(BaseModel):
    """What goes out. What is not there is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProblemDetails(Shown):
    """RFC 9457."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "https://auth.example.com/api/v1#not-found",
                    "title": "There is no such thing",
                    "status": 404,
                    "detail": "There is no such deployment among yours: list them to see which there are.",
                    "request_id": "b7Qx2kzN",
                }
            ]
        }
    )

    type: str = Field(description="A URL that names the kind of problem and explains it.")
    title: str
    status: int
    detail: str = Field(description="What was wrong, and what to do next.")
    request_id: str = Field(description="For whoever runs this server; it is in X-Request-Id too.")
    member: str | None = Field(None, description="What it is about, as a JSON pointer into the body.")


class TokenShown(Shown):
    """The personal access token that a request was made with."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "pat_8Jd2",
                    "label": "Inventory",
                    "scopes": ["account:read", "deployments:read"],
                    "created_at": 1_790_000_000,
                }
            ]
        }
    )

    id: str
    label: str
    scopes: list[TokenScope]
    created_at: EpochSeconds
    expires_at: EpochSeconds | None = None


class AccountShown(Shown):
    """The account that the token acts for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "account_9sKq",
                    "email": "ada@example.com",
                    "name": "Ada",
                    "operator": False,
                    "second_factor": True,
                    "created_at": 1_780_000_000,
                }
            ]
        }
    )

    id: str
    email: str
    name: str
    operator: bool = Field(description="Whether it sees and changes what is others', too.")
    second_factor: bool
    created_at: EpochSeconds
    token: TokenShown


class Health(Shown):
    """What was found at a deployment's MCP server when it was last asked for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "well",
                    "looked_at": 1_799_999_000,
                    "server_name": "notes",
                    "protocol_version": "2025-11-25",
                    "tools": ["search_notes"],
                }
            ]
        }
    )

    state: HealthState
    looked_at: EpochSeconds | None = None
    fault: str | None = Field(None, description="What is wrong, in a sentence.")
    server_name: str | None = None
    protocol_version: str | None = None
    tools: list[str] | None = None


class Use(Shown):
    """How much a deployment is used."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"connections": 3, "last_call_at": 1_799_999_940}]})

    connections: int
    last_call_at: EpochSeconds | None = None


class DeploymentShown(Shown):
    """An MCP server behind the gateway, or elsewhere."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "deployment_Hx3p",
                    "slug": "notes",
                    "name": "Notes",
                    "mcp_url": "https://auth.example.com/mcp/notes",
                    "resource_metadata_url": "https://auth.example.com/.well-known/oauth-protected-resource/mcp/notes",
                    "upstream_url": "http://10.0.0.7:9000/mcp",
                    "owner": "ada@example.com",
                    "access": "owner",
                    "auth": ["oauth"],
                    "token_format": "opaque",
                    "scopes": {"mcp": ["*"]},
                    "hide_tools": False,
                    "upstream_headers": ["X-Tenant"],
                    "identity": False,
                    "public_upstream": False,
                    "paused": False,
                    "created_at": 1_790_000_000,
                }
            ]
        }
    )

    id: str
    slug: str
    name: str
    mcp_url: str = Field(description="What people paste into their applications.")
    resource_metadata_url: str
    upstream_url: str | None = None
    resource: str | None = None
    owner: str = Field(description="The email address of its owner's account.")
    access: AccessPolicy
    domain: str | None = None
    auth: list[AuthMode] = Field(description="How callers prove who they are; the command line changes it.")
    token_format: TokenFormat
    key_prefix: str | None = None
    key_ttl: KeyTtl | None = None
    scopes: Scopes
    hide_tools: bool
    upstream_headers: list[str] | None = Field(
        None, description="Names of the headers that the upstream gets; not there where they cannot be opened any more."
    )
    identity: bool
    public_upstream: bool
    paused: bool
    created_at: EpochSeconds
    health: Health
    use: Use


class DeploymentList(Shown):
    """One page of deployments, by slug."""

    items: list[DeploymentShown]
    next: str | None = Field(None, description="The cursor of the next page; not there on the last.")


class _Deployment(Given):
    """What is said of a deployment both when it is made and when it is changed."""

    name: str | None = Field(None, description="What people read. Without it, a new deployment is called by its slug.")
    upstream_url: str | None = Field(None, description="The MCP server's own URL, which the gateway calls.")
    access: AccessPolicy | None = Field(None, description="Who may let applications in. A new one: its owner alone.")
    domain: str | None = Field(None, description="With access domain: whose addresses, as in example.com.")
    token_format: TokenFormat | None = Field(None, description="What access tokens are. A new one: opaque.")
    key_prefix: str | None = Field(None, description="What API keys begin with, as in rmt_.")
    key_ttl: KeyTtl | None = None
    scopes: Scopes | None = None
    hide_tools: bool | None = Field(None, description="Leave out of lists what an application may not call.")
    upstream_headers: dict[str, str] | None = Field(
        None, description="Headers for the upstream, kept sealed and never shown again; an empty value takes one away."
    )
    identity: bool | None = Field(None, description="Tell the upstream who calls, by a token signed for it alone.")
    public_upstream: bool | None = Field(
        None, description="Hold the upstream to public addresses. Operators say so; what others name always is."
    )


class NewDeployment(_Deployment):
    """A deployment to be made: with an upstream, or with the resource of a server elsewhere."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"slug": "notes", "name": "Notes", "upstream_url": "http://127.0.0.1:9/mcp", "access": "verified"},
                {
                    "slug": "archive",
                    "resource": "https://mcp.example.org/mcp",
                    "token_format": "jwt",
                    "scopes": {"read": ["@read"], "write": ["*"]},
                },
            ]
        }
    )

    slug: str = Field(description="Its name in its MCP URL: small letters, digits and hyphens.")
    resource: str | None = Field(None, description="In place of an upstream: the MCP URL of a server elsewhere.")


class DeploymentChange(_Deployment):
    """What is to be different; what is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "My notes", "access": "owner"}, {"paused": True}, {"paused": False}]}
    )

    paused: bool | None = Field(None, description="Refuse calls, and disconnect nobody; or let them pass again.")
