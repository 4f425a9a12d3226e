"""What happened, as typed events `source:subject:action`; kept beside what they tell of, and never holding a secret."""

from dataclasses import field
from typing import Literal, Protocol

from consentry.values import frozen

EventName = Literal[
    "account:account:created",
    "account:account:verified",
    "account:account:disabled",
    "account:account:enabled",
    "account:account:deleted",
    "account:password:changed",
    "account:email:changed",
    "account:second_factor:added",
    "account:second_factor:removed",
    "account:second_factor:throttled",
    "account:recovery_code:used",
    "account:invitation:created",
    "account:invitation:withdrawn",
    "account:letter:failed",
    "account:plan:changed",
    "account:personal_token:created",
    "account:personal_token:revoked",
    "account:login:succeeded",
    "account:login:failed",
    "account:login:throttled",
    "account:session:ended",
    "client:registration:created",
    "client:registration:folded",
    "client:registration:changed",
    "client:registration:ended",
    "client:registration_token:created",
    "client:registration_token:revoked",
    "client:client:created",
    "client:client:approved",
    "client:client:removed",
    "client:assertion:replayed",
    "client:client:reaped",
    "client:client:returned",
    "client:document:added",
    "client:document:changed",
    "client:document:refused",
    "client:document:stood_in",
    "client:document:pinned",
    "client:secret:rotated",
    "client:secret:ended",
    "client:client:changed",
    "deployment:deployment:created",
    "deployment:deployment:changed",
    "deployment:deployment:paused",
    "deployment:deployment:resumed",
    "deployment:deployment:removed",
    "deployment:guest:invited",
    "deployment:guest:uninvited",
    "grant:consent:approved",
    "grant:consent:denied",
    "grant:device:asked",
    "grant:user_code:failed",
    "grant:user_code:throttled",
    "grant:api_key:created",
    "grant:code:exchanged",
    "grant:code:replayed",
    "grant:client:approved",
    "grant:token:issued",
    "grant:token:refreshed",
    "grant:token:repeated",
    "grant:token:shared",
    "grant:token:overused",
    "grant:token:reused",
    "grant:token:revoked",
    "grant:token:unsealable",
    "grant:refresh:ended",
    "grant:grant:ended",
    "keys:signing_key:rotated",
    "limits:rate:exceeded",
    "limits:plan:exhausted",
    "keys:signing_key:withdrawn",
]

SUSPICIOUS: frozenset[EventName] = frozenset(
    {
        "grant:code:replayed",
        "grant:token:reused",
        "grant:token:shared",
        "grant:token:overused",
        "client:assertion:replayed",
        "grant:user_code:throttled",
        "account:login:throttled",
        "account:second_factor:throttled",
    }
)

# What the account's owner reads by mail; in the order of the index `events_to_tell`.
GRAVE: tuple[EventName, ...] = (
    "account:password:changed",
    "account:second_factor:added",
    "account:second_factor:removed",
    "account:second_factor:throttled",
    "account:recovery_code:used",
    "grant:code:exchanged",
    "grant:code:replayed",
    "grant:token:reused",
)


@frozen
class Event:
    """One happening, at epoch seconds; the ids where they are known; `reason` and `detail` for a person to read."""

    name: EventName
    at: int
    network: str | None = None
    account_id: str | None = None
    client_id: str | None = None
    deployment_id: str | None = None
    grant_id: str | None = None
    reason: str = ""
    detail: dict[str, str | int] = field(default_factory=dict)

    @property
    def suspicious(self) -> bool:
        return self.name in SUSPICIOUS


class EventTransaction(Protocol):
    """What a room needs of a transaction in order to say what happened."""

    async def add_event(self, event: Event) -> None: ...
