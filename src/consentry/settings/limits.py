"""The settings of the rate limits."""

import re
from ipaddress import ip_network
from typing import Annotated, Self

from pydantic import BaseModel, Field, field_validator, model_validator

Times = Annotated[int, Field(ge=1)]

# Anthropic's outbound addresses as it publishes them, November 2026: everybody on Claude comes from there.
CLAUDE_EGRESS = "160.79.104.0/21"

PLANS = {"unlimited": "unlimited", "free": "20/hour 1000/month", "pro": "1000/hour 50000/month"}
_PLAN = re.compile(r"unlimited|(?=\d)(?:[1-9]\d{0,8}/hour)?(?: ?[1-9]\d{0,8}/month)?")


class LimitSettings(BaseModel):
    """How often is too often. Numbers are for one party, whom ADR 19 names for each."""

    rate_limits: bool = Field(
        default=True,
        description="Whether /register, /authorize, /token and /api/v1 are limited, and mail that strangers can have "
        "sent. Sign-in always is.",
    )
    register_per_hour: Times = Field(default=20, description="Registrations from one address (of IPv6 its /64).")
    authorize_per_hour: Times = Field(
        default=20,
        description="Different authorization requests from one address, or by one account where somebody is signed in; "
        "and how often each of them may be loaded.",
    )
    token_per_minute: Times = Field(
        default=10,
        description="Rotations of one grant's refresh token (repeats are not counted), and token requests of one "
        "client from one address that fail. With an access_token_ttl of seconds, grants have to rotate more often.",
    )
    token_failures_per_minute: Times = Field(
        default=100, description="Token requests from one address that fail, of all clients together."
    )
    api_per_minute: Times = Field(
        default=600, description="Requests to the management API by one account, with all of its tokens together."
    )
    api_failures_per_minute: Times = Field(
        default=60, description="Requests to the management API from one address that no live token comes with."
    )
    letters_to_address_per_hour: Times = Field(
        default=5, description="Mails to one address that anybody can ask for: sign-up, verification, password reset."
    )
    letters_from_network_per_hour: Times = Field(
        default=20, description="The same, asked for from one address (of IPv6 its /64)."
    )
    trusted_egress: dict[str, Times] = Field(
        default={CLAUDE_EGRESS: 50},
        description="Networks that many people come from, each with the factor of what one of its addresses may do: a "
        "table in TOML, `160.79.104.0/21=50` with commas between them in a variable. Default: Claude's.",
    )
    unlimited_networks: tuple[str, ...] = Field(
        default=(), description="Addresses or networks that are not limited; `demo` puts loopback here."
    )

    plans: dict[str, str] = Field(
        default=PLANS,
        description="How many tool calls an account's deployments may take together, in a rolling hour and in a "
        "calendar month (UTC): a table in TOML, `free=20/hour 1000/month` with commas between plans in a variable. "
        "What is given here is added to the default, or stands for its namesake. Not touched by rate_limits.",
    )
    default_plan: str = Field(default="unlimited", description="The plan of accounts that were given none.")

    @field_validator("plans", mode="before")
    @classmethod
    def _plans(cls, value: object) -> object:
        if isinstance(value, str):
            pairs = [plan.partition("=") for plan in value.split(",") if plan.strip()]
            value = {name.strip(): allowed.strip() for name, _, allowed in pairs}
        return PLANS | value if isinstance(value, dict) else value

    @field_validator("plans")
    @classmethod
    def _allowed(cls, value: dict[str, str]) -> dict[str, str]:
        for name, allowed in value.items():
            if not re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", name):
                raise ValueError(f"{name!r} is no name of a plan: write it in small letters")
            if not _PLAN.fullmatch(allowed):
                raise ValueError(f"{name} is no plan: write 20/hour, 1000/month, 20/hour 1000/month, or unlimited")
        return value

    @model_validator(mode="after")
    def _one_of_the_plans(self) -> Self:
        if self.default_plan not in self.plans:
            raise ValueError(f"default_plan: there is no plan {self.default_plan}; there are {', '.join(self.plans)}")
        return self

    @field_validator("trusted_egress", mode="before")
    @classmethod
    def _limit_pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [word.partition("=") for word in re.split(r"[,\s]+", value) if word]
        return {network: factor for network, _, factor in pairs}

    @field_validator("unlimited_networks", mode="before")
    @classmethod
    def _limit_words(cls, value: object) -> object:
        return tuple(word for word in re.split(r"[,\s]+", value) if word) if isinstance(value, str) else value

    @field_validator("trusted_egress", "unlimited_networks")
    @classmethod
    def _limit_networks(cls, value: dict[str, int] | tuple[str, ...]) -> dict[str, int] | tuple[str, ...]:
        for one in value:
            try:
                ip_network(one)
            except ValueError:
                raise ValueError(f"{one} is no address or network; write 10.0.0.7, or 10.0.0.0/8") from None
        return value
