"""A call through the gateway, as its log remembers it: whose it was and how it went, never what was said (ADR 27)."""

from dataclasses import dataclass
from typing import NamedTuple


class Call(NamedTuple):
    """It ended `at` (epoch seconds). `tool` is empty where none was called, `status` 0 where the client left first, and
    an error's where the answer broke off under way."""

    at: int
    request_id: str
    deployment_id: str
    account_id: str
    client_id: str
    method: str
    tool: str
    status: int
    milliseconds: int
    bytes_in: int
    bytes_out: int


class Names(NamedTuple):
    """What a line of a log speaks of, by name; None where the thing is gone, or there is none."""

    deployment: str | None
    account: str | None
    client: str | None


class Mark(NamedTuple):
    """Where a page of a log begins: before the line with that number, of that time."""

    at: int
    number: int


@dataclass(frozen=True, slots=True)
class Sought:
    """Which lines of a deployment's log are wanted; what is None or False does not matter. `until` is past the last.

    `failed`: calls that were answered by an error; of events, the suspicious.
    """

    since: int = 0
    until: int | None = None
    client_id: str | None = None
    tool: str | None = None
    status: int | None = None
    failed: bool = False
