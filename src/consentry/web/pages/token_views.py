"""What the page of personal access tokens shows."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonalTokenLine:
    """Times in epoch seconds; `until` is None where only revoking ends it."""

    token_id: str
    label: str
    scopes: tuple[str, ...]
    since: int
    until: int | None
    expired: bool
    last_used_words: str


@dataclass(frozen=True, slots=True)
class PersonalTokens:
    """A person's tokens for the management API, and the form for another; `fresh` is (label, token), shown this once.

    `scopes` are (name, words), `ticked` those that were chosen.
    """

    tokens: tuple[PersonalTokenLine, ...]
    scopes: tuple[tuple[str, str], ...]
    action: str
    revoke_action: str
    reference_url: str
    email: str
    values: Mapping[str, str]
    ticked: frozenset[str] = frozenset()
    fresh: tuple[str, str] | None = None
    error: str | None = None
    note: str | None = None
