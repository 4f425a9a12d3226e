"""Calls an MCP server with stored tokens, and keeps them fresh: python refresh.py tokens.json

tokens.json holds mcp_url, token_endpoint, client_id, access_token, expires_at (epoch seconds) and refresh_token.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

EARLY_SECONDS = 60
WAITS_SECONDS = (0, 1, 4)
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "refresh.py", "version": "1"},
    },
}


def store(file: Path, tokens: dict) -> None:
    """All or nothing, readable by nobody else: whoever has the refresh token has the access."""
    fresh = file.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(tokens, out)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)


def refresh(file: Path, tokens: dict) -> dict:
    """New tokens, stored before they are used. An answer that is lost is asked for again, with the same token."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
        "client_id": tokens["client_id"],
        "resource": tokens["mcp_url"],
    }
    for wait in WAITS_SECONDS:
        time.sleep(wait)
        try:
            with urllib.request.urlopen(tokens["token_endpoint"], urllib.parse.urlencode(form).encode()) as answer:
                issued = json.load(answer)
        except urllib.error.HTTPError as refused:
            if refused.code < 500 and refused.code != 429:
                sys.exit(f"Connect again: {json.load(refused)['error_description']}")
        except OSError:
            pass  # no answer; it may have come through, and asking again is safe
        else:
            expires_at = int(time.time()) + issued.get("expires_in", 3600)
            tokens = tokens | {"access_token": issued["access_token"], "expires_at": expires_at}
            tokens["refresh_token"] = issued.get("refresh_token", tokens["refresh_token"])
            store(file, tokens)
            return tokens
    sys.exit("The server does not answer: try again later. The tokens are still good.")


def call(tokens: dict) -> int:
    """The status of one call."""
    headers = {
        "Authorization": f"Bearer {tokens['access_token']}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    try:
        with urllib.request.urlopen(
            urllib.request.Request(tokens["mcp_url"], json.dumps(CALL).encode(), headers)
        ) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("Name the file that holds the tokens: refresh.py tokens.json")
    kept = Path(sys.argv[1])
    held = json.loads(kept.read_text())
    if held["expires_at"] - EARLY_SECONDS < time.time():
        held = refresh(kept, held)
    status = call(held)
    if status == 401:  # ended or expired sooner than thought: one refresh, one more try
        held = refresh(kept, held)
        status = call(held)
    print(f"HTTP {status}")
