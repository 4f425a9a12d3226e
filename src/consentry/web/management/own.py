"""What the API takes and gives of the account that a token acts for."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from consentry.accounts.personal_tokens import TokenScope
from consentry.web.management.paging import NEXT
from consentry.web.management.shapes import AccountKnown, EpochSeconds, Shown


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


class OwnToken(TokenShown):
    """A personal access token of yours; the token itself is not kept."""

    last_used_at: EpochSeconds | None = Field(None, description="To the minute.")


class OwnTokenList(Shown):
    """One page of your personal access tokens, newest first."""

    items: list[OwnToken]
    next: str | None = Field(None, description=NEXT)


class SessionShown(Shown):
    """A browser that is signed in to your account."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "9f2c11",
                    "browser": "Firefox on Linux",
                    "network": "192.0.2.7",
                    "created_at": 1_799_000_000,
                    "expires_at": 1_801_592_000,
                }
            ]
        }
    )

    id: str
    browser: str | None = None
    network: str | None = None
    created_at: EpochSeconds
    expires_at: EpochSeconds


class SessionList(Shown):
    """One page of the browsers that are signed in, newest first."""

    items: list[SessionShown]
    next: str | None = Field(None, description=NEXT)


class Export(BaseModel):
    """Everything that is kept about you. More may come; no secret is in it, nor could be."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        json_schema_extra={
            "examples": [{"exported_at": 1_800_000_000, "account": {"email": "ada@example.com"}, "connections": []}]
        },
    )

    exported_at: EpochSeconds
    account: dict[str, Any]


class AccountShown(AccountKnown):
    """The account that the token acts for."""

    token: TokenShown
