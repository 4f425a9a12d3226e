"""What the API takes and gives of clients, and of people who are invited."""

from typing import Any

from pydantic import ConfigDict, Field

from consentry.clients.model import AuthMethod, Refresh
from consentry.clients.model import Source as ClientSource
from consentry.clients.presets import Preset
from consentry.web.management.paging import NEXT, Paged
from consentry.web.management.shapes import EpochSeconds, Given, Shown


class ClientShown(Shown):
    """A client: one made by hand for a deployment, or one that registered itself for whatever it is let into."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "client_4f7Qv2",
                    "name": "Claude",
                    "deployment": "notes",
                    "source": "operator",
                    "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
                    "grant_types": ["authorization_code", "refresh_token"],
                    "auth_method": "client_secret_basic",
                    "confidential": True,
                    "waiting": False,
                    "created_at": 1_790_000_000,
                }
            ]
        }
    )

    id: str
    name: str = Field(description="Of one that registered itself, a stranger's word.")
    deployment: str | None = Field(None, description="The one that it is for; not there where it is for all.")
    source: ClientSource = Field(description="How it came to be.")
    redirect_uris: list[str]
    grant_types: list[str]
    auth_method: AuthMethod
    confidential: bool
    waiting: bool = Field(description="It registered itself, and no operator has approved it yet.")
    refresh: Refresh | None = Field(None, description="How it refreshes, where that is not as the settings say.")
    created_at: EpochSeconds
    previous_secret_until: EpochSeconds | None = Field(None, description="Until then the secret before works as well.")


class ClientList(Shown):
    """One page of clients, newest first."""

    items: list[ClientShown]
    next: str | None = Field(None, description=NEXT)


class ClientMade(Shown):
    """A client, and its secret where it has one: known here and to you alone, and shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "client_secret": "cy_cs_…",
                    "mcp_url": "https://auth.example.com/mcp/notes",
                    "authorization_url": "https://auth.example.com/authorize",
                    "token_url": "https://auth.example.com/token",
                }
            ]
        }
    )

    client: ClientShown
    client_secret: str | None = None
    mcp_url: str
    authorization_url: str
    token_url: str


class NewClient(Given):
    """A client for one known application, or for any other by its redirect URIs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"preset": "claude-both"},
                {"name": "Mine", "redirect_uris": ["https://app.example.org/callback"], "confidential": True},
            ]
        }
    )

    preset: Preset | None = Field(None, description="Brings a name and redirect URIs of its own.")
    name: str | None = None
    redirect_uris: list[str] | None = Field(None, description="As the application's makers name them.")
    older: bool | None = Field(None, description="With a preset of Claude: the address of its older versions, too.")
    confidential: bool | None = Field(None, description="Give it a secret.")
    grant_types: list[str] | None = Field(
        None, description="What it may do. Without, what people approve, refreshed: authorization_code, refresh_token."
    )
    jwks: dict[str, Any] | None = Field(None, description="It signs instead (private_key_jwt): its public keys.")
    jwks_uri: str | None = Field(None, description="The same: where its public keys are.")
    refresh: Refresh | None = Field(None, description="A new refresh token each time, or one that stays.")


class ClientChange(Given):
    """What is to be different of a client. What is connected stays as it is; new connections follow."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"refresh": "rotate"}]})

    refresh: Refresh = Field(description="A new refresh token each time, or one that stays.")


class ClientSearch(Paged):
    """Which of all clients."""

    waiting: bool | None = Field(None, description="true: those alone that wait to be approved; false: all others.")


class CredentialsMade(Shown):
    """What a deployment's own server asks about tokens with. The secret is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "client_id": "resource_2hVw9d",
                    "client_secret": "cy_cs_…",
                    "introspection_url": "https://auth.example.com/introspect",
                }
            ]
        }
    )

    client_id: str
    client_secret: str
    introspection_url: str


class Rotation(Given):
    """How a secret is replaced."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap": 86_400}]})

    overlap: int = Field(ge=0, le=2_592_000, description="For so many seconds the secret before works as well.")


class Guest(Shown):
    """Somebody who is invited to a deployment."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "grace@example.com"}]})

    email: str


class GuestList(Shown):
    """One page of those who are invited, by address."""

    items: list[Guest]
    next: str | None = Field(None, description=NEXT)
