"""What models of the API have in common: the document describes them, and requests are read by them."""

from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

LARGEST = 9_007_199_254_740_991  # RFC 8259 §6: what every program reads alike
NUL = "nul"
EpochSeconds = Annotated[int, Field(description="Seconds since 1970-01-01 00:00 UTC.")]


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


ADA: JsonDict = {
    "id": "account_9sKq",
    "email": "ada@example.com",
    "name": "Ada",
    "operator": False,
    "second_factor": True,
    "created_at": 1_780_000_000,
}


class AccountKnown(Shown):
    """What an account is to itself and to operators alike."""

    model_config = ConfigDict(json_schema_extra={"examples": [ADA]})

    id: str
    email: str
    name: str
    operator: bool = Field(description="Whether it sees and changes what is others', too.")
    second_factor: bool
    created_at: EpochSeconds


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
