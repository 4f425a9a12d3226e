"""A page that asks for something in one form: sign-up, passwords, codes."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Field:
    """One input with its label. `kind` is its type in HTML."""

    name: str
    label: str
    kind: Literal["text", "email", "password"] = "text"
    autocomplete: str = "off"
    value: str = ""
    hint: str | None = None
    required: bool = True
    readonly: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class FormPage:
    """`hidden` are (name, value), `links` (words, address); the field `wrong` is what the error is about, where it is
    about one. The first field that can be written in has the focus. `first` is a graver button before the other, as
    (name, value, words)."""

    title: str
    action: str
    csrf: str
    submit: str
    fields: tuple[Field, ...] = ()
    lead: str | None = None
    hidden: tuple[tuple[str, str], ...] = ()
    error: str | None = None
    wrong: str | None = None
    note: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    danger: bool = False
    first: tuple[str, str, str] | None = None

    @property
    def focus(self) -> str | None:
        """The name of the field to begin with."""
        writable = [field.name for field in self.fields if not field.readonly]
        return self.wrong or (writable[0] if writable else None)


NEW_PASSWORD = Field(
    "password",
    "Password",
    "password",
    "new-password",
    hint="At least 12 characters. Several words that nobody would guess make a good one.",
)


def email_field(value: str = "", *, readonly: bool = False) -> Field:
    """The address; beside a password it tells a password manager whose that is."""
    return Field("email", "Email", "email", "username", value, readonly=readonly)
