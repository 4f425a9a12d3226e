"""The second factor: a code of the moment (RFC 6238), each once; or one of ten written down (ADR 31)."""

from dataclasses import dataclass
from typing import Literal, Protocol

from consentry.accounts import attempts
from consentry.accounts.attempts import AttemptTransaction, Throttled
from consentry.accounts.model import Account
from consentry.accounts.terms import AccountTerms
from consentry.audit import Event, EventName, EventTransaction
from consentry.spec import acr, totp
from consentry.spec.networks import neighbourhood
from consentry.tokens import Digest, Entropy

PURPOSE = "second factor"
DRAFT = "second factor to be"
RECOVERY = "recovery code"
RECOVERY_CODES = 10
# Who gets here has shown the password: whoever guesses codes is somebody else. Of a million codes three are right.
MOST_PER_PAIR = 5
MOST_PER_ACCOUNT = 20
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_RECOVERY_LENGTH = 16  # of 31 letters: 79 bits


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """The key, sealed, and the last step of time whose code was taken."""

    sealed: bytes
    last_step: int


Failure = Literal["wrong", "there"]


class SecondFactorTransaction(AttemptTransaction, EventTransaction, Protocol):
    """What these acts need of a transaction."""

    async def find_second_factor(self, account_id: str) -> SecondFactor | None: ...

    async def add_second_factor(self, account_id: str, factor: SecondFactor, now: int) -> bool:
        """False where there is one already."""
        ...

    async def remove_second_factor(self, account_id: str) -> bool:
        """With its recovery codes; False where there was none."""
        ...

    async def spend_step(self, account_id: str, step: int) -> bool:
        """True for exactly one caller, and for no step before."""
        ...

    async def set_recovery_codes(self, account_id: str, digests: tuple[Digest, ...]) -> None:
        """In the place of those there were."""
        ...

    async def spend_recovery_code(self, account_id: str, digest: Digest) -> bool: ...

    async def count_recovery_codes(self, account_id: str) -> int: ...


def draft(account: Account, terms: AccountTerms) -> tuple[bytes, bytes]:
    """A key to be shown, and the same sealed, for a form to bring back: nothing is kept before a code is right."""
    key = terms.entropy(totp.KEY_BYTES)
    return key, terms.sealer.seal(key, DRAFT, account.id.encode())


def read_draft(account: Account, sealed: bytes, terms: AccountTerms) -> bytes | None:
    """The key of a draft that was made for this account."""
    return terms.sealer.open(sealed, DRAFT, account.id.encode())


async def add(
    tx: SecondFactorTransaction, account: Account, key: bytes, given: str, terms: AccountTerms, now: int
) -> tuple[str, ...] | Failure:
    """Takes the key as the account's, if the code shows that it is in somebody's hands; the recovery codes."""
    step = totp.matching_step(key, _digits(given), now)
    if step is None:
        return "wrong"
    sealed = terms.sealer.seal(key, PURPOSE, account.id.encode())
    if not await tx.add_second_factor(account.id, SecondFactor(sealed, step), now):
        return "there"
    await tx.add_event(_event("account:second_factor:added", account, None, now))
    return await renew_recovery_codes(tx, account, terms)


async def renew_recovery_codes(tx: SecondFactorTransaction, account: Account, terms: AccountTerms) -> tuple[str, ...]:
    """Ten new ones, to be shown once; those before are good no longer."""
    codes = tuple(_recovery_code(terms.entropy) for _ in range(RECOVERY_CODES))
    digests = tuple(Digest(terms.sealer.sign(_message(account, code), RECOVERY)) for code in codes)
    await tx.set_recovery_codes(account.id, digests)
    return codes


async def check(
    tx: SecondFactorTransaction, account: Account, given: str, terms: AccountTerms, network: str | None, now: int
) -> Literal["right", "wrong"] | Throttled:
    """Whether it is a code of the moment, or one that was written down. Counted before it is looked at (ADR 9)."""
    limits = {
        attempts.key("factor", account.id, neighbourhood(network)): MOST_PER_PAIR,
        attempts.key("factor", account.id): MOST_PER_ACCOUNT,
    }
    overrun = await attempts.count(tx, limits, now)
    if overrun is not None:
        if overrun.first:
            await tx.add_event(_event("account:second_factor:throttled", account, network, now))
        return overrun.throttled
    if not (
        await _is_code(tx, account, given, terms, now)
        or await _is_recovery_code(tx, account, given, terms, network, now)
    ):
        await tx.add_event(_event("account:login:failed", account, network, now, "second factor"))
        return "wrong"
    pair, wider = limits
    await tx.forget_attempts(pair)
    await tx.take_back_attempt(wider)
    return "right"


def amr(given: str) -> str:
    """How somebody signed in whose password was right, and this code as well."""
    return acr.BY_CODE if len(_digits(given)) == totp.DIGITS else acr.BY_RECOVERY_CODE


async def remove(tx: SecondFactorTransaction, account: Account, reason: str, network: str | None, now: int) -> bool:
    """Whether there was one."""
    removed = await tx.remove_second_factor(account.id)
    if removed:
        await tx.add_event(_event("account:second_factor:removed", account, network, now, reason))
    return removed


async def _is_code(tx: SecondFactorTransaction, account: Account, given: str, terms: AccountTerms, now: int) -> bool:
    digits = _digits(given)
    factor = await tx.find_second_factor(account.id) if len(digits) == totp.DIGITS else None
    key = terms.sealer.open(factor.sealed, PURPOSE, account.id.encode()) if factor is not None else None
    step = totp.matching_step(key, digits, now) if key is not None else None
    # RFC 6238 §5.2: a code that was taken is not taken again.
    return step is not None and await tx.spend_step(account.id, step)


async def _is_recovery_code(
    tx: SecondFactorTransaction, account: Account, given: str, terms: AccountTerms, network: str | None, now: int
) -> bool:
    code = "".join(letter for letter in given.lower() if letter in _LETTERS)
    if len(code) != _RECOVERY_LENGTH:
        return False
    for digest in terms.sealer.signatures(_message(account, code), RECOVERY):
        if await tx.spend_recovery_code(account.id, Digest(digest)):
            left = await tx.count_recovery_codes(account.id)
            detail: dict[str, str | int] = {"left": left}
            await tx.add_event(
                Event("account:recovery_code:used", now, network=network, account_id=account.id, detail=detail)
            )
            return True
    return False


def _digits(given: str) -> str:
    text = "".join(given.split())
    return text if text.isascii() and text.isdecimal() else ""


def _message(account: Account, code: str) -> bytes:
    return f"{account.id}\0{code.replace('-', '')}".encode()


def _recovery_code(entropy: Entropy) -> str:
    number = int.from_bytes(entropy(16))
    letters = []
    for _ in range(_RECOVERY_LENGTH):
        number, rest = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[rest])
    text = "".join(letters)
    return "-".join(text[start : start + 4] for start in range(0, _RECOVERY_LENGTH, 4))


def _event(name: EventName, account: Account, network: str | None, now: int, reason: str = "") -> Event:
    return Event(name, now, network=network, account_id=account.id, reason=reason)
