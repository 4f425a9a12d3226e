"""The parts of a letter."""

from collections.abc import Mapping
from dataclasses import dataclass

Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """A letter's subject and paragraphs; `button` is (words, address); `after` are paragraphs below it."""

    subject: str
    paragraphs: tuple[str, ...]
    button: tuple[str, str] | None = None
    after: tuple[str, ...] = ()
