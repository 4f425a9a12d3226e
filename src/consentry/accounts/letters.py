"""Letters: what is told to a person by mail. Written in the transaction it is about, sealed, sent after it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from consentry.accounts.terms import AccountTerms
from consentry.sealing import Sealer
from consentry.tokens import identifier

LetterKind = Literal[
    "sign_up",
    "known",
    "invite",
    "verify",
    "reset",
    "email_new",
    "email_asked",
    "email_changed",
    "account_deleted",
    "password_changed",
    "factor_added",
    "factor_removed",
    "factor_guessed",
    "recovery_used",
    "client_connected",
    "client_cut_off",
]

PURPOSE = "letter"
NEWS_SECONDS = 86_400  # what is told without a link is worth telling for a day


@dataclass(frozen=True, slots=True)
class Letter:
    """To an address, with the facts that its wording needs. One to nobody (an empty address) is written all the same
    where an answer's time would tell that there is nobody."""

    kind: LetterKind
    to: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter on its way: tried `tries` times, next at `due_at`, and given up at `expires_at`."""

    id: str
    kind: str
    account_id: str | None
    sealed: bytes
    due_at: int
    expires_at: int
    tries: int = 0


class LetterTransaction(Protocol):
    """What writing needs of a transaction."""

    async def add_letter(self, waiting: Waiting) -> None: ...


async def write(
    tx: LetterTransaction, letter: Letter, account_id: str | None, terms: AccountTerms, now: int, good_until: int = 0
) -> None:
    """Puts it where it waits to be sent, until what it tells is good no longer; where none can be sent, nothing."""
    if not terms.mail:
        return
    told = json.dumps({"to": letter.to, "facts": dict(letter.facts)}).encode()
    name = identifier("letter", terms.entropy)
    sealed = terms.sealer.seal(told, PURPOSE, name.encode())
    waiting = Waiting(name, letter.kind, account_id, sealed, now, good_until or now + NEWS_SECONDS)
    await tx.add_letter(waiting)


def read(waiting: Waiting, sealer: Sealer) -> Letter | None:
    """The letter; None where no key opens it."""
    opened = sealer.open(waiting.sealed, PURPOSE, waiting.id.encode())
    if opened is None:
        return None
    told = json.loads(opened)
    return Letter(waiting.kind, told["to"], told["facts"])  # type: ignore[arg-type]
