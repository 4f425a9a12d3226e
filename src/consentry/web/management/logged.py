"""What the API takes and gives of calls, of what happened, and of use."""

from typing import Literal

from pydantic import ConfigDict, Field

from consentry.limits.quota import Window
from consentry.web.management.paging import NEXT, Paged
from consentry.web.management.shapes import LARGEST, EpochSeconds, Query, Shown
from consentry.web.pages.use_views import Span

_SINCE = "From this second on (since 1970, UTC)."
_UNTIL = "Up to this second, and not of it."


class Search(Paged):
    """Which lines of a deployment's log are wanted."""

    since: int | None = Field(None, ge=0, le=LARGEST, description=_SINCE)
    until: int | None = Field(None, ge=0, le=LARGEST, description=_UNTIL)
    client_id: str | None = Field(None, max_length=2000, description="Of this client alone.")


class CallSearch(Search):
    """Which calls."""

    tool: str | None = Field(None, max_length=500, description="Of this tool alone.", examples=["search_notes"])
    status: int | None = Field(None, ge=0, le=999, description="With this status; 0 is a client that left first.")
    failed: bool | None = Field(None, description="true: those alone that were answered by an error.")


class EventSearch(Search):
    """Which events."""

    suspicious: bool | None = Field(None, description="true: the suspicious alone.")


class CallShown(Shown):
    """A call through the gateway: whose it was and how it went, never what was said."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": 1_800_000_000,
                    "request_id": "b7Qx2kzN",
                    "account": "ada@example.com",
                    "client_id": "client_4f7Qv2",
                    "client_name": "Claude",
                    "method": "tools/call",
                    "tool": "search_notes",
                    "status": 200,
                    "milliseconds": 34,
                    "bytes_in": 180,
                    "bytes_out": 2048,
                }
            ]
        }
    )

    at: EpochSeconds
    request_id: str
    account: str | None = Field(None, description="The email address of whoever the call was made for.")
    client_id: str
    client_name: str | None = Field(None, description="As it calls itself; that is a stranger's word.")
    method: str
    tool: str | None = None
    status: int = Field(description="0: the client left before its answer. 502: also where that broke off under way.")
    milliseconds: int
    bytes_in: int
    bytes_out: int


class CallList(Shown):
    """A page of calls, the newest first. A page that sought what is rare may be empty and have a next."""

    items: list[CallShown]
    next: str | None = Field(None, description=NEXT)


class EventShown(Shown):
    """Something that happened."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": 1_800_000_000,
                    "name": "grant:token:reused",
                    "words": "A refresh token of Claude that was used up came again, as if stolen: its access to notes "
                    "was ended.",
                    "suspicious": True,
                    "next_step": "If the application is to go on, connect it again.",
                    "account": "ada@example.com",
                    "client_id": "client_4f7Qv2",
                    "client_name": "Claude",
                    "deployment": "notes",
                    "grant_id": "grant_Zk31xw",
                }
            ]
        }
    )

    at: EpochSeconds
    name: str = Field(description="Of those that the events' documentation lists.")
    words: str = Field(description="A sentence, with strangers' names in it.")
    suspicious: bool
    next_step: str | None = Field(None, description="What to do now, where there is something to do.")
    reason: str | None = None
    account: str | None = None
    client_id: str | None = None
    client_name: str | None = None
    deployment: str | None = None
    grant_id: str | None = None
    network: str | None = Field(None, description="Where it came from: of what was done as you, and for operators.")
    detail: dict[str, str | int] | None = Field(None, description="For operators alone.")


class EventList(Shown):
    """A page of what happened, the newest first. A page that sought what is rare may be empty and have a next."""

    items: list[EventShown]
    next: str | None = Field(None, description=NEXT)


class ActivitySearch(Paged):
    """Which of what happened."""

    show: Literal["matters", "suspicious", "all"] = Field(
        "matters", description="What matters; the suspicious alone; or all, each refreshed token as well."
    )


class UseSearch(Query):
    """Use of which span."""

    span: Span = Field("day", description="The last day by the hour, the last week by six hours, or the month by days.")


class Counts(Shown):
    """Calls of tools, and how long they took; bounds, since they are counted in spans."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"calls": 40, "errors": 2, "half_within_ms": 50, "most_within_ms": 250}]}
    )

    calls: int
    errors: int
    half_within_ms: int | None = Field(None, description="Half of the calls took no longer than this.")
    most_within_ms: int | None = Field(None, description="95 in 100 took no longer.")


class Slot(Shown):
    """A slot of time."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"at": 1_799_996_400}]})

    at: EpochSeconds
    counts: Counts


class OfTool(Shown):
    """One tool."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tool": "search_notes"}]})

    tool: str
    counts: Counts


class OfClient(Shown):
    """One client."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"client_id": "client_4f7Qv2", "client_name": "Claude"}]})

    client_id: str
    client_name: str | None = None
    counts: Counts


class WindowLeft(Shown):
    """What a plan allows in a window, and what is left of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"window": "hour", "limit": 20, "made": 6, "remaining": 14, "returns_at": 1_800_003_060}]
        }
    )

    window: Window = Field(description="The last hour, or this calendar month (UTC).")
    limit: int | None = Field(None, description="Not there where any number of calls may be made.")
    made: int
    remaining: int | None = None
    returns_at: EpochSeconds | None = Field(None, description="When the next of the calls made come back.")


class Quota(Shown):
    """What a plan allows, and what is left: all deployments of one owner count together."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"plan": "free"}]})

    plan: str
    windows: list[WindowLeft]


class UseShown(Shown):
    """How much a deployment is used; tools and clients with the most calls first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"since": 1_799_913_600, "until": 1_800_000_000}]})

    since: EpochSeconds
    until: EpochSeconds
    times: list[Slot]
    tools: list[OfTool]
    clients: list[OfClient]
    quota: Quota = Field(description="Of the deployment's owner.")
