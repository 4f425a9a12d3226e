"""What the API takes and gives of connected applications and API keys."""

from pydantic import ConfigDict, Field

from consentry.web.management.paging import NEXT
from consentry.web.management.shapes import EpochSeconds, Given, Shown


class GrantShown(Shown):
    """A connected application: one approval, or an API key."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "grant_Zk31xw",
                    "application": "Claude",
                    "client_id": "client_4f7Qv2",
                    "deployment": "notes",
                    "scopes": ["mcp"],
                    "live": True,
                    "created_at": 1_790_000_000,
                    "last_used_at": 1_799_999_940,
                    "expires_at": 1_807_776_000,
                    "network": "192.0.2.7",
                    "browser": "Firefox on Windows",
                }
            ]
        }
    )

    id: str
    application: str = Field(description="As it calls itself; that is a stranger's word.")
    client_id: str
    deployment: str | None = Field(None, description="Its slug; not there where the deployment is gone.")
    scopes: list[str]
    live: bool
    created_at: EpochSeconds
    last_used_at: EpochSeconds | None = None
    expires_at: EpochSeconds | None = None
    ended_because: str | None = None
    network: str | None = Field(None, description="Where it was approved from.")
    browser: str | None = Field(None, description="In which browser it was approved, and on what.")


class GrantList(Shown):
    """One page of what is connected to your account, newest first."""

    items: list[GrantShown]
    next: str | None = Field(None, description=NEXT)


class Happening(Shown):
    """One thing that happened to a grant."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": 1_790_000_000,
                    "words": "The person approved the application.",
                    "suspicious": False,
                    "network": "192.0.2.7",
                }
            ]
        }
    )

    at: EpochSeconds
    words: str
    suspicious: bool
    network: str | None = None


class GrantStory(Shown):
    """A grant, and what happened to it, oldest first."""

    grant: GrantShown
    story: list[Happening]


class KeyShown(Shown):
    """An API key: one of your own, or one that an application got instead of tokens."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "grant_Qm72yd",
                    "label": "Nightly backup",
                    "deployment": "notes",
                    "scopes": ["mcp"],
                    "created_at": 1_790_000_000,
                    "expires_at": 1_792_592_000,
                }
            ]
        }
    )

    id: str
    label: str
    application: str | None = Field(None, description="Which holds it, in its own words; not there for your own keys.")
    deployment: str | None = None
    scopes: list[str]
    created_at: EpochSeconds
    last_used_at: EpochSeconds | None = None
    expires_at: EpochSeconds | None = None


class KeyList(Shown):
    """One page of your API keys, newest first."""

    items: list[KeyShown]
    next: str | None = Field(None, description=NEXT)


class KeyMade(Shown):
    """An API key: known here and to you alone, and shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "grant_Qm72yd",
                    "key": "cy_ak_…",
                    "label": "Nightly backup",
                    "scopes": ["mcp"],
                    "expires_at": 1_792_592_000,
                }
            ]
        }
    )

    id: str
    key: str
    label: str
    scopes: list[str]
    expires_at: EpochSeconds | None = None


class NewKey(Given):
    """An API key to be made for you."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"deployment": "notes", "label": "Nightly backup", "expires_in": 2_592_000}]}
    )

    deployment: str = Field(description="The slug of what it opens.")
    label: str | None = Field(None, description="What it is for.")
    scopes: list[str] | None = Field(None, description="What it may do. Left out: what any application gets.")
    expires_in: int = Field(ge=0, le=315_360_000, description="Its life in seconds; 0 for one without end.")


class ApplicationShown(Shown):
    """Connections that a person takes for one application: the same name, at the same place."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": "5b1f0c", "name": "Claude", "whereabouts": "claude.ai", "last_used_at": 1_799_999_940}]
        }
    )

    id: str = Field(description="Stays the same while its name and its place do.")
    name: str = Field(description="As it calls itself; that is a stranger's word.")
    whereabouts: str = Field(description="A host, computer for a program on one, device, or the client's id.")
    last_used_at: EpochSeconds | None = None
    connections: list[GrantShown]


class ApplicationList(Shown):
    """One page of what is connected to your account, by application, the most recently connected first."""

    items: list[ApplicationShown]
    next: str | None = Field(None, description=NEXT)


class UserShown(Shown):
    """An application that people connected to a deployment; whose it is, is for whoever connected it to know."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Claude",
                    "whereabouts": "claude.ai",
                    "connections": 3,
                    "last_used_at": 1_799_999_940,
                }
            ]
        }
    )

    name: str
    whereabouts: str
    connections: int
    last_used_at: EpochSeconds | None = None


class UserList(Shown):
    """One page of what is connected to a deployment, by application."""

    items: list[UserShown]
    next: str | None = Field(None, description=NEXT)


class TollShown(Shown):
    """What ends with a deployment when it is deleted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"connections": 3, "keys": 1, "clients": 2}]})

    connections: int
    keys: int
    clients: int


class UsableShown(Shown):
    """An MCP server that you may connect applications to, or have API keys for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slug": "notes",
                    "name": "Notes",
                    "mcp_url": "https://auth.example.com/mcp/notes",
                    "scopes": ["mcp"],
                }
            ]
        }
    )

    slug: str
    name: str
    mcp_url: str
    scopes: list[str]


class UsableList(Shown):
    """One page of what you may use, by slug."""

    items: list[UsableShown]
    next: str | None = Field(None, description=NEXT)
