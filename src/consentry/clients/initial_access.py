"""Initial access tokens: RFC 7591 §3, for an operator who does not let everybody register."""

from dataclasses import dataclass
from typing import Protocol

from consentry.audit import Event, EventTransaction
from consentry.tokens import Digest, Entropy, Kind, Secret, identifier, mint


@dataclass(frozen=True, slots=True)
class InitialAccessToken:
    """The right to register, so many times (None: any number) and until then (None: for ever)."""

    id: str
    digest: Digest
    label: str
    created_at: int
    expires_at: int | None = None
    most_uses: int | None = None
    uses: int = 0

    def usable(self, now: int) -> bool:
        return (self.expires_at is None or now < self.expires_at) and (
            self.most_uses is None or self.uses < self.most_uses
        )


class InitialAccessTransaction(EventTransaction, Protocol):
    """What these acts need of a transaction."""

    async def add_initial_access_token(self, token: InitialAccessToken) -> None: ...

    async def remove_initial_access_token(self, token_id: str) -> bool: ...


def make(
    label: str, expires_in: int | None, most_uses: int | None, entropy: Entropy, now: int
) -> tuple[Secret, InitialAccessToken]:
    """A new one. The secret is known here and to the caller alone."""
    secret = mint(Kind.INITIAL_ACCESS_TOKEN, entropy)
    expires_at = None if expires_in is None else now + expires_in
    return secret, InitialAccessToken(identifier("iat", entropy), secret.digest(), label, now, expires_at, most_uses)


async def create(tx: InitialAccessTransaction, token: InitialAccessToken) -> None:
    """Keeps one that was made."""
    await tx.add_initial_access_token(token)
    await tx.add_event(Event("client:registration_token:created", token.created_at, detail=_detail(token)))


async def revoke(tx: InitialAccessTransaction, token: InitialAccessToken, now: int) -> bool:
    """What was registered with it stays; False where another was faster."""
    removed = await tx.remove_initial_access_token(token.id)
    if removed:
        await tx.add_event(Event("client:registration_token:revoked", now, detail=_detail(token)))
    return removed


def _detail(token: InitialAccessToken) -> dict[str, str | int]:
    return {"id": token.id, "label": token.label}
