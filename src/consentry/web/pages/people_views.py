"""What the page about people shows operators: plain values, already decided, none of them markup."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One account. `state` are words about it; `own` is the reader's, which they do not close. Epoch seconds."""

    account_id: str
    email: str
    name: str
    state: tuple[str, ...]
    plan: str
    since: int
    disabled: bool
    own: bool


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """One that nobody has followed yet."""

    reference: str
    email: str
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class People:
    """A page of accounts, the newest first, and the open invitations. `closed` says why nobody can be invited, `mail`
    whether a link can be sent; `fresh` is (address, link), shown this once. `older` is the next page's path."""

    people: tuple[PersonLine, ...]
    invitations: tuple[InvitationLine, ...]
    here: str
    search: str
    mail: bool
    values: Mapping[str, str]
    closed: str | None = None
    fresh: tuple[str, str] | None = None
    error: str | None = None
    note: str | None = None
    newest: str | None = None
    older: str | None = None
