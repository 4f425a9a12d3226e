"""A call through the gateway, as its log remembers it: whose it was and how it went, never what was said (ADR 27)."""

from typing import NamedTuple


class Call(NamedTuple):
    """It ended `at` (epoch seconds). `tool` is empty where none was called, `status` 0 where the client left first."""

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
