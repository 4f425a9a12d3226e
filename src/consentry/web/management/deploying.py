"""What the API takes and gives of deployments."""

from typing import Annotated

from pydantic import ConfigDict, Field

from consentry.deployments.admission import AccessPolicy
from consentry.deployments.authentication import AuthMode
from consentry.deployments.health import HealthState
from consentry.formats import TokenFormat
from consentry.web.management.shapes import EpochSeconds, Given, Shown

LATEST = 253_402_214_400  # the last day that has four digits in its year
Selector = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^, ]([^,]*[^, ])?$")]
Scopes = Annotated[
    dict[str, list[Selector]],
    Field(
        description="Each scope with the tools that it opens: names, patterns with *, @read, @write, @destructive. The "
        "smallest first: it is what an application gets that asks for none."
    ),
]
KeyTtl = Annotated[int, Field(description="Life of an application's API key in seconds; 0 for one without end.")]


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


class OlderWay(Shown):
    """Who still comes with a JWT of the issuer, of the last 90 days."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"callers": 4, "last_used_at": 1_799_990_000}]})

    callers: int
    last_used_at: EpochSeconds | None = None


class AuthShown(Shown):
    """How callers prove who they are. The secret that is shared with an issuer is only said to be there."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "modes": ["oauth", "jwt"],
                    "issuer": "https://login.example.com/",
                    "jwks_uri": "https://login.example.com/jwks.json",
                    "secret": False,
                    "deprecated_at": 1_790_000_000,
                    "sunset_at": 1_805_760_000,
                }
            ]
        }
    )

    modes: list[AuthMode]
    issuer: str | None = None
    audience: str | None = None
    jwks_uri: str | None = None
    secret: bool
    deprecated_at: EpochSeconds | None = None
    sunset_at: EpochSeconds | None = None
    older_way: OlderWay | None = Field(None, description="There while JWTs are taken.")


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
    auth: AuthShown
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


class AuthGiven(Given):
    """How callers are to prove who they are; what is left out stays as it is."""

    modes: list[AuthMode] | None = Field(
        None,
        min_length=1,
        description="oauth: our tokens. jwt: those of an issuer that you trust. Both, while one takes the place of the "
        "other. none: it is public.",
    )
    issuer: str | None = Field(None, description="With jwt: the iss of its tokens, letter for letter.")
    audience: str | None = Field(None, description="With jwt: their aud. Without, the deployment's own MCP URL.")
    jwks_uri: str | None = Field(None, description="With jwt: where the issuer's keys are.")
    secret: str | None = Field(None, description="In place of keys: what is shared with the issuer. Never shown again.")
    sunset_at: int | None = Field(
        None, ge=0, le=LATEST, description="With both: when JWTs are refused (seconds since 1970); 0 for never."
    )


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
    auth: AuthGiven | None = None
    owner: str | None = Field(None, description="The address of the owner's account. Operators say so; else it is you.")
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
