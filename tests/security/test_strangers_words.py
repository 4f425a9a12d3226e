"""What strangers call things, in every column that they can fill: seen on every page there is, found by itself."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.routing import Route

from consentry.store.sql import Transaction
from tests.security.test_every_route import EXAMPLES, Owned, at, every_route, own
from tests.web.dashboard.conftest import Place, placed
from tests.web.pages.examples import HOSTILE_NAMES
from tests.web.pages.reading import Reading

pytestmark = [pytest.mark.anyio, pytest.mark.proves("C26")]

# Markup, quotes that end an attribute, letters that turn the line around or cannot be seen, and five hundred of one.
STRANGE = "<script>stranger()</script>\"'><b onclick=stranger()>\u202e\u2066\u200b\x1b " + "".join(HOSTILE_NAMES)
STRANGE = STRANGE.replace("\x00", "")  # no database here takes one
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b\x1b")
# Each with the words that a stranger may have put there: over the wire, or as an MCP server that was looked at.
FILLED = (
    ("accounts", "name"),
    ("clients", "name"),
    ("deployments", "name"),
    ("deployment_health", "server_name"),
    ("deployment_health", "protocol_version"),
    ("grants", "label"),
    ("personal_tokens", "label"),
    ("sessions", "browser"),
    ("calls", "tool"),
    ("calls", "method"),
    ("call_counts", "tool"),
)


@pytest.fixture
async def place(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Place]:
    async with placed(tmp_path, signup="open", smtp_url="smtp://127.0.0.1:9", registration="approval") as made:
        yield made


async def estrange(place: Place, owned: Owned) -> None:
    now = place.here.clock()

    async def work(tx: Transaction) -> None:
        await tx.db.run(
            "INSERT INTO deployment_health (deployment_id, at, fault, server_name, protocol_version, tools)"
            " VALUES ('d_1', $1, NULL, '', '', $2)",
            now,
            json.dumps([STRANGE] * 3),
        )
        await tx.db.run(
            "INSERT INTO calls (at, request_id, deployment_id, account_id, client_id, method, tool, status,"
            " milliseconds, bytes_in, bytes_out) VALUES ($1, 'req_1', 'd_1', 'account_1', $2, '', '', 200, 1, 1, 1)",
            now,
            owned.names["client_id"],
        )
        await tx.db.run(
            "INSERT INTO call_counts (deployment_id, hour, client_id, tool, slowest, calls, errors)"
            " VALUES ('d_1', $1, $2, '', 50, 3, 1)",
            now - now % 3600,
            owned.names["client_id"],
        )
        for table, column in FILLED:
            await tx.db.run(f"UPDATE {table} SET {column} = $1", STRANGE)  # noqa: S608
        metadata = json.dumps({"client_name": STRANGE, "client_uri": f"https://x/{STRANGE}", "logo_uri": STRANGE})
        await tx.db.run(
            "UPDATE clients SET metadata = $1, pending = CASE WHEN id = $2 THEN 0 ELSE 1 END",
            metadata,
            owned.names["client_id"],
        )

    await place.here.installation.store.write(work)


def harm(html: str) -> list[str]:
    """What a stranger's words did to a page."""
    page = Reading(html)
    found = [
        f"<{tag}>"
        for tag, given in page.tags
        if {"onclick", "onerror"} & set(given) or "stranger" in str(given.get("src"))
    ]
    found += [form.action for form in page.forms if "evil" in form.action]
    found += ["script"] * sum("src" not in given for given in page.all("script"))
    found += sorted(ascii(letter) for letter in TURNING & set(page.text))
    found += ["long"] if "W" * 500 in page.text else []
    return found


async def test_no_page_is_changed_by_what_strangers_call_things(place: Place) -> None:
    owned = await own(place)
    pending = {"redirect_uris": ["https://client.example/callback"], "client_name": "Waits"}
    await place.here.register(**pending)
    await estrange(place, owned)
    met = set[str]()
    client = {"response_type": "code", "client_id": owned.names["client_id"], "code_challenge_method": "S256"}
    asked = {"redirect_uri": "https://client.example/owner", "code_challenge": "c" * 43}
    consent = f"/authorize?{urlencode(client | asked | {'resource': place.here.resource})}"
    stopped = [
        f"/authorize?{urlencode(client | {'redirect_uri': STRANGE})}",
        f"/authorize?{urlencode(client | asked | {'scope': STRANGE, 'resource': STRANGE, 'state': STRANGE})}",
        f"/authorize?{urlencode({'client_id': STRANGE, 'redirect_uri': STRANGE})}",
        f"/login?{urlencode({'next': f'/authorize?{urlencode(client | asked)}'})}",
        f"/dashboard?{urlencode({'search': STRANGE})}",
        f"/dashboard/people?{urlencode({'search': STRANGE})}",
        f"/dashboard/deployments/reminders/log?{urlencode({'tool': STRANGE, 'from': STRANGE})}",
        "/dashboard/deployments/reminders/log?kind=events",
    ]
    paths = [at(one.path, owned) for one in every_route(place) if _opens(one)]
    for path in [*paths, consent, *stopped]:
        for who in (place.owner, place.operator):
            response = await who.browser.get(path)
            if response.headers.get("content-type", "").startswith("text/html"):
                assert harm(response.text) == [], (path, harm(response.text))
                met |= {path} if "stranger()" in response.text.replace("&#39;", "'") else set()
    assert consent in met
    assert len(met) >= 12, met  # they are seen, as words


def _opens(route: Route) -> bool:
    return "GET" in (route.methods or []) and route.path not in EXAMPLES
