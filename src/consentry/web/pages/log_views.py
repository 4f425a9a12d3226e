"""What the pages about calls and events show: plain values, already decided, none of them markup."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from consentry.web.pages.event_words import Words

LogKind = Literal["calls", "events"]


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call. `what` is the tool, or else the method; `status` 0: the client left before there was an answer."""

    at: int
    what: str
    account: str
    client: str
    status: int
    milliseconds: int
    bytes_in: int
    bytes_out: int
    request_id: str

    @property
    def failed(self) -> bool:
        return self.status >= 400  # RFC 9110 §15.5


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event in words; where it is suspicious or grave, what to do next."""

    at: int
    name: str
    words: tuple[Words, ...]
    suspicious: bool
    next_step: str | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of a deployment's log, the newest first. `values` are the filter's fields as typed, `clients` what it may
    choose from, `kinds` (kind, words, path), `exports` (words, path). `older` is the next page's path."""

    deployment_name: str
    back: str
    here: str
    kind: LogKind
    kinds: tuple[tuple[LogKind, str, str], ...]
    values: Mapping[str, str]
    clients: tuple[tuple[str, str], ...]
    calls: tuple[CallLine, ...]
    events: tuple[EventLine, ...]
    exports: tuple[tuple[str, str], ...]
    newest: str | None
    older: str | None
    error: str | None = None

    @property
    def filtered(self) -> bool:
        return any(self.values.values())


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """What happened to an account, the newest first. `choices` are (words, path, chosen)."""

    choices: tuple[tuple[str, str, bool], ...]
    events: tuple[EventLine, ...]
    newest: str | None
    older: str | None


LogView = LogPage | ActivityPage
