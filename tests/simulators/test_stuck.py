"""A client that is not given what it needs does not get through: each check can fail, and says why."""

import json
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from dev.simulators.rows import CLIENTS
from dev.simulators.wire import GotStuckError

from tests.simulators.overheard import Answered, Between, Change, Sent
from tests.simulators.staging import staged

pytestmark = pytest.mark.anyio

NUMBERS = count()

MCP = "/mcp/reminders"
ALLOWED = "access-control-allow-origin"


def at(path: str, method: str = "") -> Callable[[Change], Change]:
    """Changes answers of that path alone."""

    def only(change: Change) -> Change:
        def changed(sent: Sent, answer: Answered) -> None:
            if sent.path.endswith(path) and method in {"", sent.method}:
                change(sent, answer)

        return changed

    return only


def members(path: str, status: int = 200, **changes: Any) -> Change:
    """Puts other members into a JSON answer; ... leaves one out."""

    def change(_sent: Sent, answer: Answered) -> None:
        if answer.status == status:
            told = {name: value for name, value in (json.loads(answer.body) | changes).items() if value is not ...}
            answer.body = json.dumps(told).encode()

    return at(path)(change)


def status(path: str, code: int, when: int, method: str = "") -> Change:
    def change(_sent: Sent, answer: Answered) -> None:
        if answer.status == when:
            answer.status = code

    return at(path, method)(change)


def header(path: str, name: str, pattern: str, by: str, method: str = "") -> Change:
    def change(_sent: Sent, answer: Answered) -> None:
        if name in answer.headers:
            answer.headers[name] = re.sub(pattern, by, answer.headers[name])

    return at(path, method)(change)


def sent_back(pattern: str, by: str) -> Change:
    return header("/consent", "location", pattern, by)


@at("/token")
def other_refresh_tokens(sent: Sent, answer: Answered) -> None:
    if sent.form["grant_type"] == ["refresh_token"] and answer.status == 200:
        told = json.loads(answer.body)
        answer.body = json.dumps(told | {"refresh_token": f"{told['refresh_token']}{next(NUMBERS)}"}).encode()


@at("/token")
def lost_is_invalid_grant(_sent: Sent, answer: Answered) -> None:
    if answer.status == 401:
        answer.status, answer.body = 400, b'{"error": "invalid_grant"}'


@at("/account")
def nothing_connected(_sent: Sent, answer: Answered) -> None:
    answer.body = answer.body.replace(b'name="grant_id"', b'name="another"')


FAULTS: list[tuple[str, str, str, Change]] = [
    ("no-401", "claude", "answered with 404, not with 401", status(MCP, 404, 401)),
    ("no-bearer", "claude", "does not begin with Bearer", header(MCP, "www-authenticate", "Bearer", "MCP")),
    (
        "relative",
        "claude",
        "no absolute address",
        header(MCP, "www-authenticate", "https://[^/]*", ""),
    ),
    ("resource", "vscode", "and the URL typed is", members(MCP, resource="https://consentry.example")),
    ("issuer", "python-2", "the issuer is", members("oauth-authorization-server", issuer="https://h/")),
    (
        "s256",
        "ts-2",
        "S256 is not advertised",
        members("oauth-authorization-server", code_challenge_methods_supported=["plain"]),
    ),
    (
        "iss-unsaid",
        "chatgpt",
        "responses carry iss",
        members("oauth-authorization-server", authorization_response_iss_parameter_supported=...),
    ),
    (
        "documents-unsaid",
        "chatgpt",
        "does not take metadata documents",
        members("oauth-authorization-server", client_id_metadata_document_supported=...),
    ),
    ("null", "ts-2", "null members: jwks_uri", members("oauth-authorization-server", jwks_uri=None)),
    ("broken", "python-1", "the answer is 500", status("oauth-authorization-server", 500, 200)),
    ("registered", "cursor", "registered something else", members("/register", 201, redirect_uris=["http://localhost"])),
    ("iss", "goose", "iss is https://h, and", sent_back("iss=[^&]*", "iss=https://h")),
    ("state", "gemini", "state did not come back", sent_back("state=[^&]*", "state=x")),
    ("elsewhere", "cursor", "is not the client's redirect_uri", sent_back("/oauth/callback", "/x")),
    ("scope", "ts-2", "lacks scope", members("/token", scope=...)),
    ("other-successors", "ts-2", "different refresh tokens", other_refresh_tokens),
    ("invalid-client", "claude-dcr", "comes with 400", status("/token", 400, 401)),
    ("wrong-error", "claude-dcr", "only invalid_client heals", lost_is_invalid_grant),
    ("odd-error", "claude-dcr", "comes with 401", members("/token", 401, error="invalid_grant")),
    ("stale-page", "fastmcp", "sees neither a sign-in form nor Approve", status("/authorize", 200, 400)),
    ("not-shown", "cursor", "does not show the connection", nothing_connected),
    ("cors", "inspector-1-direct", "lets this page's origin in nowhere",
     header("", ALLOWED, ".*", "null", "OPTIONS")),
    ("cors-read", "inspector-1-direct", "may not read", header("", ALLOWED, ".*", "null", "POST")),
    ("cors-hidden", "inspector-1-direct", "does not begin with Bearer",
     header(MCP, "access-control-expose-headers", "WWW-Authenticate", "X", "POST")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sentence", "fault"), [pytest.param(*row[1:], id=row[0]) for row in FAULTS])
async def test_it_gets_stuck_and_says_at_what(
    tmp_path: Path, upstream_url: str, name: str, sentence: str, fault: Change
) -> None:
    async with staged(tmp_path, upstream_url, before=Between(fault)) as stage:
        with pytest.raises(GotStuckError, match=re.escape(sentence)):
            await stage.play(CLIENTS[name])
