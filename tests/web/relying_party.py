"""A strict OpenID client: all by discovery, and each ID token held to OpenID Connect Core §3.1.3.7."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet

from tests.web.world import World


@dataclass
class RelyingParty:
    """One registered client, with what it found out."""

    here: World
    client_id: str
    configuration: dict[str, Any]

    @classmethod
    async def register(cls, here: World, **metadata: Any) -> "RelyingParty":
        issuer = here.installation.addresses.issuer
        found = await here.client.get(f"{urlsplit(issuer).path}/.well-known/openid-configuration")
        configuration = found.json()
        assert configuration["issuer"] == issuer  # Discovery §4.3
        return cls(here, (await here.register(**metadata))["client_id"], configuration)

    async def accept(self, tokens: dict[str, Any], *, nonce: str | None = None, max_age: int | None = None) -> Any:
        """The claims of the ID token in a token response; raises where one rule is broken."""
        jwks = KeySet.import_key_set((await self.here.client.get(self.configuration["jwks_uri"])).json())
        offered = self.configuration["id_token_signing_alg_values_supported"]
        token = jwt.decode(tokens["id_token"], jwks, algorithms=offered)
        header, claims, now = token.header, token.claims, self.here.clock()
        assert set(header) == {"alg", "typ", "kid"}
        assert header["typ"] == "JWT"
        assert claims["iss"] == self.configuration["issuer"]
        assert claims["aud"] == self.client_id
        assert isinstance(claims["sub"], str)
        assert 0 < len(claims["sub"]) <= 255
        assert claims["sub"].isascii()
        assert claims["iat"] <= now < claims["exp"]
        assert claims.get("nonce") == nonce
        if max_age is not None:
            assert now - claims["auth_time"] <= max_age
        digest = sha256(tokens["access_token"].encode()).digest()  # ES256
        assert claims["at_hash"] == urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()
        assert set(claims) <= set(self.configuration["claims_supported"])
        return claims

    async def userinfo(self, access_token: str, method: str = "GET") -> Any:
        """What UserInfo says, of whom the ID token named."""
        response = await self.here.client.request(
            method, self.configuration["userinfo_endpoint"], headers={"Authorization": f"Bearer {access_token}"}
        )
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "no-store"
        claims = response.json()
        assert set(claims) <= set(self.configuration["claims_supported"])
        return claims

    async def sign_in(self, **asked: str | None) -> dict[str, Any]:
        """The whole way of a person who approves: the token response."""
        code = await self.here.approve(self.client_id, **asked)
        response = await self.here.exchange(self.client_id, code)
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json()
        return tokens
