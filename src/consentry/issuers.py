"""JWTs of issuers that deployments trust: verified by the issuer's keys, or under a secret that is shared with it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256

import structlog

from consentry.deployments import authentication
from consentry.deployments.authentication import SEAL_PURPOSE, Issuer, Said
from consentry.sealing import Sealer
from consentry.spec import jose
from consentry.spec.errors import AwayError, Refusal
from consentry.spec.jose import Jwks, Jws

log = structlog.get_logger(__name__)

# A key that its issuer takes away counts no longer than this and its set's own time; a token comes with every call.
KEPT_SECONDS = 60
MOST_KEPT = 10_000

# The keys at an issuer's address, of which the one named should be one; or why they cannot be had.
FindKeys = Callable[[str, str, str | None], Awaitable[Jwks | Refusal]]


@dataclass(slots=True)
class Issuers:
    """One for each process. What was verified is remembered by its digest, for a minute."""

    find_keys: FindKeys
    sealer: Sealer
    clock: Callable[[], int]
    _kept: dict[bytes, tuple[int, Said]] = field(default_factory=dict)

    async def verify(self, deployment_id: str, issuer: Issuer, audience: str, text: str) -> Said | None:
        """What a token says that is the issuer's, and for here and now.

        Where nobody can tell for want of keys, AwayError: as a 401 it would make clients throw good tokens away.
        """
        now = self.clock()
        digest = sha256(f"{deployment_id}\0{issuer}\0{audience}\0{text}".encode()).digest()
        kept = self._kept.get(digest)
        if kept is not None and now < min(kept[0], kept[1].expires_at):
            return kept[1]
        jws = jose.parse(text)
        said = authentication.read(jws, issuer, audience, now) if jws is not None else "it is malformed"
        if jws is None or isinstance(said, str):
            log.info("a token of the older way is refused", deployment_id=deployment_id, reason=said)
            return None
        if not await self._genuine(jws, deployment_id, issuer):
            log.info("a token of the older way is refused", deployment_id=deployment_id, reason="its signature")
            return None
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[digest] = (now + KEPT_SECONDS, said)
        return said

    async def _genuine(self, jws: Jws, deployment_id: str, issuer: Issuer) -> bool:
        if issuer.sealed_secret is not None:
            secret = self.sealer.open(issuer.sealed_secret, SEAL_PURPOSE)
            if secret is None:
                raise AwayError("the secret shared with an issuer cannot be opened: set it anew")
            return authentication.genuine(jws, secret)
        if issuer.jwks_uri is None:
            return False
        keys = await self.find_keys(deployment_id, issuer.jwks_uri, jws.kid)
        if isinstance(keys, Refusal):
            raise AwayError(f"an issuer's keys cannot be had: {keys.description}")
        return jose.verified(jws, keys)
