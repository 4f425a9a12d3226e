"""What the API takes and gives of every account, for operators."""

from pydantic import ConfigDict, Field

from consentry.web.management.paging import NEXT, Paged
from consentry.web.management.shapes import ADA, AccountKnown, EpochSeconds, Given, Shown


class PersonShown(AccountKnown):
    """An account, as an operator sees it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**ADA, "plan": "free", "calls_this_month": 77, "verified_at": 1_780_000_060}],
        }
    )

    plan: str
    calls_this_month: int = Field(description="Tool calls of its deployments in this calendar month (UTC).")
    verified_at: EpochSeconds | None = Field(None, description="Not there where its address is not proven yet.")
    disabled_at: EpochSeconds | None = Field(None, description="There while it is disabled.")


class PeopleSearch(Paged):
    """Which accounts."""

    search: str | None = Field(None, max_length=500, description="With this text in their address or name.")


class PersonList(Shown):
    """One page of accounts, newest first."""

    items: list[PersonShown]
    next: str | None = Field(None, description=NEXT)


class PersonChange(Given):
    """What is to be different of an account."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"plan": "free"}, {"disabled": True}, {"disabled": False}]}
    )

    plan: str | None = Field(None, description="How often its deployments may be called, from the next call on.")
    disabled: bool | None = Field(
        None, description="Disable it: it cannot sign in, and what it approved ends at once; or enable it again."
    )
    verified: bool | None = Field(None, description="true: take its address as proven. That is not taken back.")


class NewInvitation(Given):
    """Somebody to be invited, to make an account of their own."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "grace@example.org"}]})

    email: str
    mail: bool | None = Field(None, description="Send the link by mail, too.")


class InvitationMade(Shown):
    """A link that makes an account for an address: whoever holds it can, once. It is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "email": "grace@example.org",
                    "url": "https://auth.example.com/verify-email?token=cy_…",
                    "expires_at": 1_800_604_800,
                }
            ]
        }
    )

    email: str
    url: str
    expires_at: EpochSeconds


class InvitationShown(Shown):
    """An invitation that nobody has followed yet."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "7ad0e4",
                    "email": "grace@example.org",
                    "created_at": 1_800_000_000,
                    "expires_at": 1_800_604_800,
                }
            ]
        }
    )

    id: str
    email: str
    created_at: EpochSeconds
    expires_at: EpochSeconds


class InvitationList(Shown):
    """One page of open invitations, youngest first."""

    items: list[InvitationShown]
    next: str | None = Field(None, description=NEXT)
