"""What a person sees of how they sign in, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A browser that is signed in; `reference` names it in a form, times are epoch seconds."""

    reference: str
    browser: str
    network: str | None
    since: int
    until: int
    this: bool


@dataclass(frozen=True, slots=True)
class Security:
    """`email_action` is None where no mail is sent: an address cannot be proven then."""

    email: str
    email_action: str | None
    password_action: str
    sessions_action: str
    sessions: tuple[SessionLine, ...]
    note: str | None = None
