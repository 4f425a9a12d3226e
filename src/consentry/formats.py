"""The three formats of an access token, what each looks like, and how a presented one is recognised (ADR 16)."""

import re
from dataclasses import dataclass
from typing import Literal, NoReturn

from consentry.keys import Signer
from consentry.tokens import DEFAULT_KEY_PREFIX, Digest, Entropy, Kind, Secret, mint, mint_key, recognise_key
from consentry.tokens import recognise as recognise_secret

TokenFormat = Literal["opaque", "jwt", "api_key"]
TOKEN_FORMATS: tuple[TokenFormat, ...] = ("opaque", "jwt", "api_key")

JWT_TYPE = "at+jwt"  # RFC 9068 §2.1
ENDLESS = 0
# JWS compact serialization of a JSON object: RFC 7515 §7.1. Whose it is, the signature tells.
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Format:
    """What a deployment's access tokens are. `key_prefix` and `key_ttl` are for API keys.

    `key_ttl` is in seconds; None means that of any access token, ENDLESS that a key lives until it is revoked.
    """

    kind: TokenFormat = "opaque"
    key_prefix: str | None = None
    key_ttl: int | None = None

    @property
    def endless(self) -> bool:
        return self.kind == "api_key" and self.key_ttl == ENDLESS

    def lifetime(self, access_token_ttl: int) -> int:
        """Of a token with an end, in seconds. `access_token_ttl` is the installation's."""
        return self.key_ttl or access_token_ttl if self.kind == "api_key" else access_token_ttl

    def mint(self, entropy: Entropy) -> Secret:
        """A new token; of a `jwt` its `jti`, which is a secret that no request can present by itself."""
        match self.kind:
            case "opaque":
                return mint(Kind.ACCESS_TOKEN, entropy)
            case "jwt":
                return mint(Kind.JWT_ID, entropy)
            case "api_key":
                return mint_key(self.key_prefix or DEFAULT_KEY_PREFIX, entropy)


OPAQUE = Format()


class Jwt:
    """A presented token that looks like a JWT. Nothing in it is believed before its signature is verified."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Jwt(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token is neither pickled nor copied")


Bearer = Secret | Jwt


@dataclass(frozen=True, slots=True)
class Presented:
    """What a presented access token is looked up by, and the audience that its signature vouches for, if it has one."""

    digest: Digest
    audience: str | None = None


def recognise(text: str) -> Bearer | None:
    """What an access token of ours may be by its shape: a stranger's guess costs neither look-up nor signature."""
    if _JWT.fullmatch(text):
        return Jwt(text)
    return recognise_secret(text, Kind.ACCESS_TOKEN) or recognise_key(text)


async def identify(presented: Bearer | str, signer: Signer) -> Presented | None:
    """By what the store knows it; None for what is none of ours. Whether it has expired, the store's row says."""
    match presented if isinstance(presented, Secret | Jwt) else recognise(presented):
        case None:
            return None
        case Secret() as bearer:
            return Presented(bearer.digest())
        case Jwt() as bearer:
            claims = await signer.verify(bearer.reveal(), JWT_TYPE, expired_too=True)
            jti, audience = (claims or {}).get("jti"), (claims or {}).get("aud")
            secret = recognise_secret(jti, Kind.JWT_ID) if isinstance(jti, str) else None
            # RFC 9068 §3: each of ours is for exactly one resource.
            return Presented(secret.digest(), audience) if secret and isinstance(audience, str) else None
