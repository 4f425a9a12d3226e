"""The SDK's TokenStorage in one JSON file, for both generations of `mcp`; and its loopback redirect URI."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from tests.journeys.clients.steps import Held

# Nobody listens there: the browser stops at the callback and hands it over.
REDIRECT_PORT = 33418


class TokenFile:
    def __init__(self, path: Path) -> None:
        self._path = path

    async def get_tokens(self) -> OAuthToken | None:
        kept = self._read().get("tokens")
        return OAuthToken.model_validate(kept) if kept else None

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self._write("tokens", tokens.model_dump(mode="json", exclude_none=True))

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        kept = self._read().get("client")
        return OAuthClientInformationFull.model_validate(kept) if kept else None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self._write("client", client_info.model_dump(mode="json", exclude_none=True))

    async def held(self, expires_at: float | None) -> Held:
        tokens, client = await self.get_tokens(), await self.get_client_info()
        return Held(
            client_id=client.client_id if client else None,
            access_token=tokens.access_token if tokens else None,
            refresh_token=tokens.refresh_token if tokens else None,
            expires_at=expires_at,
        )

    def _read(self) -> dict[str, Any]:
        return json.loads(self._path.read_text()) if self._path.exists() else {}

    def _write(self, name: str, value: object) -> None:
        self._path.write_text(json.dumps({**self._read(), name: value}))


def client_metadata(client_name: str, redirect_port: int | None) -> OAuthClientMetadata:
    return OAuthClientMetadata(
        client_name=client_name,
        redirect_uris=[f"http://127.0.0.1:{redirect_port or REDIRECT_PORT}/callback"],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
    )


def read_callback(url: str) -> dict[str, str]:
    """The parameters of the authorization response (RFC 6749 §4.1.2); an error response raises."""
    answer = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    if "error" in answer:
        raise PermissionError(f"{answer['error']}: {answer.get('error_description', '')}")
    return answer
