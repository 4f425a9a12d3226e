"""What the API takes and gives of the account that a token acts for."""

from pydantic import ConfigDict, Field

from consentry.accounts.personal_tokens import TokenScope
from consentry.web.management.shapes import EpochSeconds, Shown


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
