"""Every operation, tried by nobody, by another account, by the owner and by an operator."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator
from functools import partial

import pytest

from consentry.accounts import personal_tokens
from consentry.accounts.personal_tokens import SCOPES, TokenScope
from consentry.store.sql import Transaction
from consentry.web.management.table import OPERATIONS
from tests.web.management.conftest import EVERYWHERE, Api, Who
from tests.web.management.described import hold

pytestmark = pytest.mark.anyio

# Written here anew, and not taken from the program: who may, with what scope, and what anybody else is told.
MAY: dict[tuple[str, str], tuple[TokenScope, set[Who], int]] = {
    ("GET", "account"): ("account:read", {"another", "owner", "operator"}, 0),
    ("GET", "account/sessions"): ("account:read", {"another", "owner", "operator"}, 0),
    ("DELETE", "account/sessions/{session_id}"): ("account:write", {"owner"}, 404),
    ("DELETE", "account/sessions"): ("account:write", {"another", "owner", "operator"}, 0),
    ("GET", "account/tokens"): ("account:read", {"another", "owner", "operator"}, 0),
    ("DELETE", "account/tokens/{token_id}"): ("account:write", {"owner"}, 404),
    ("GET", "account/export"): ("account:export", {"another", "owner", "operator"}, 0),
    ("GET", "accounts"): ("accounts:read", {"operator"}, 403),
    ("GET", "accounts/{account_id}"): ("accounts:read", {"operator"}, 403),
    ("PATCH", "accounts/{account_id}"): ("accounts:write", {"operator"}, 403),
    ("POST", "invitations"): ("accounts:write", {"operator"}, 403),
    ("GET", "invitations"): ("accounts:read", {"operator"}, 403),
    ("DELETE", "invitations/{invitation_id}"): ("accounts:write", {"operator"}, 403),
    ("GET", "deployments"): ("deployments:read", {"another", "owner", "operator"}, 0),
    ("POST", "deployments"): ("deployments:write", {"operator"}, 403),
    ("POST", "trials"): ("deployments:write", {"operator"}, 403),
    ("GET", "deployments/{slug}"): ("deployments:read", {"owner", "operator"}, 404),
    ("PATCH", "deployments/{slug}"): ("deployments:write", {"owner", "operator"}, 404),
    ("DELETE", "deployments/{slug}"): ("deployments:write", {"owner", "operator"}, 404),
    ("POST", "deployments/{slug}/test"): ("deployments:write", {"owner", "operator"}, 404),
    ("GET", "deployments/{slug}/guests"): ("deployments:read", {"owner", "operator"}, 404),
    ("PUT", "deployments/{slug}/guests/{email}"): ("deployments:write", {"owner", "operator"}, 404),
    ("DELETE", "deployments/{slug}/guests/{email}"): ("deployments:write", {"owner", "operator"}, 404),
    ("GET", "deployments/{slug}/clients"): ("clients:read", {"owner", "operator"}, 404),
    ("POST", "deployments/{slug}/clients"): ("clients:write", {"owner", "operator"}, 404),
    ("GET", "deployments/{slug}/clients/{client_id}"): ("clients:read", {"owner", "operator"}, 404),
    ("POST", "deployments/{slug}/clients/{client_id}/rotate-secret"): ("clients:write", {"owner", "operator"}, 404),
    ("PATCH", "deployments/{slug}/clients/{client_id}"): ("clients:write", {"owner", "operator"}, 404),
    ("DELETE", "deployments/{slug}/clients/{client_id}/previous-secret"): (
        "clients:write",
        {"owner", "operator"},
        404,
    ),
    ("POST", "deployments/{slug}/credentials"): ("clients:write", {"owner", "operator"}, 404),
    ("GET", "clients"): ("clients:read", {"operator"}, 403),
    ("GET", "clients/{client_id}"): ("clients:read", {"operator"}, 403),
    ("POST", "clients/{client_id}/approve"): ("clients:write", {"operator"}, 403),
    ("DELETE", "clients/{client_id}"): ("clients:write", {"operator"}, 403),
    ("DELETE", "deployments/{slug}/clients/{client_id}"): ("clients:write", {"owner", "operator"}, 404),
    ("GET", "deployments/{slug}/calls"): ("logs:read", {"owner", "operator"}, 404),
    ("GET", "deployments/{slug}/events"): ("logs:read", {"owner", "operator"}, 404),
    ("GET", "deployments/{slug}/use"): ("logs:read", {"owner", "operator"}, 404),
    ("GET", "account/activity"): ("logs:read", {"another", "owner", "operator"}, 0),
    ("GET", "account/quota"): ("account:read", {"another", "owner", "operator"}, 0),
    ("GET", "grants"): ("grants:read", {"another", "owner", "operator"}, 0),
    ("GET", "grants/{grant_id}"): ("grants:read", {"owner"}, 404),
    ("DELETE", "grants/{grant_id}"): ("grants:write", {"owner"}, 404),
    ("GET", "deployments/{slug}/applications"): ("deployments:read", {"owner", "operator"}, 404),
    ("GET", "deployments/{slug}/toll"): ("deployments:read", {"owner", "operator"}, 404),
    ("GET", "usable"): ("deployments:read", {"another", "owner", "operator"}, 0),
    ("GET", "applications"): ("grants:read", {"another", "owner", "operator"}, 0),
    ("DELETE", "applications/{application_id}"): ("grants:write", {"owner"}, 404),
    ("GET", "api-keys"): ("keys:read", {"another", "owner", "operator"}, 0),
    ("POST", "api-keys"): ("keys:write", {"owner"}, 422),
    ("DELETE", "api-keys/{grant_id}"): ("keys:write", {"owner"}, 404),
}
BODIES = {
    ("POST", "deployments"): {"slug": "new", "upstream_url": "http://127.0.0.1:9/mcp"},
    ("POST", "trials"): {"slug": "new", "upstream_url": "http://127.0.0.1:9/mcp"},
    ("PATCH", "deployments/{slug}"): {"name": "Another name"},
    ("POST", "deployments/{slug}/clients"): {"preset": "vscode"},
    ("POST", "deployments/{slug}/clients/{client_id}/rotate-secret"): {"overlap": 60},
    ("PATCH", "deployments/{slug}/clients/{client_id}"): {"refresh": "reuse"},
    ("POST", "deployments/{slug}/credentials"): {"overlap": 0},
    ("PATCH", "accounts/{account_id}"): {"plan": "free"},
    ("POST", "invitations"): {"email": "grace@example.org"},
    ("POST", "api-keys"): {"deployment": "reminders", "expires_in": 3600},
}


def test_every_operation_stands_in_this_table_too() -> None:
    assert {(one.method, one.template): one.scope for one in OPERATIONS} == {key: row[0] for key, row in MAY.items()}


@EVERYWHERE
@pytest.mark.proves("C27")
@pytest.mark.parametrize("who", ["nobody", "another", "owner", "operator"])
async def test_each_operation_is_for_those_who_may_and_leaves_no_trace_of_others(api: Api, who: Who) -> None:
    # What removes comes last; textkit is another's to use, and no more than that.
    secret = {"name": "Mine", "redirect_uris": ["https://app.example.org/callback"], "confidential": True}
    made = await api.ask("owner", "POST", "deployments/textkit/clients", json=secret)
    waiting = await api.waiting()
    key = await api.ask("owner", "POST", "api-keys", json={"deployment": "reminders", "expires_in": 0})
    named = await api.named("owner") | {"client_id": made.json()["client"]["id"], "grant_id": key.json()["id"]}
    for method, path in sorted(MAY, key=lambda key: (key[0] == "DELETE", key[1] == "deployments/{slug}")):
        _, may, otherwise = MAY[method, path]
        at = path.format(**named | ({"client_id": waiting} if path.startswith("clients") else {}))
        before = await api.rows()
        response = await api.ask(who, method, at, json=BODIES.get((method, path)))
        hold(response, method, at)
        if who in may:
            assert response.status_code < 300, (who, method, path, response.text)
        else:
            assert response.status_code == (401 if who == "nobody" else otherwise), (who, method, path)
            assert await api.rows() == before, (who, method, path)


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_token_opens_what_its_scope_says_and_nothing_else(api: Api, scope: TokenScope) -> None:
    token = await api.token("operator", scope)
    for (method, path), (needed, _, _) in MAY.items():
        at = path.format_map(defaultdict(lambda: "nothing", email="grace@example.com"))
        response = await api.ask("operator", method, at, token=token, json={} if (method, path) in BODIES else None)
        opens = scope in {needed, needed.replace(":read", ":write")}
        assert (response.status_code != 403) is opens, (scope, method, path)
        if not opens:
            assert response.json()["type"].endswith("#insufficient-scope")
            assert f'scope="{needed}"' in response.headers["www-authenticate"]


@pytest.mark.proves("C27")
async def test_what_is_anothers_is_told_apart_from_nothing_by_nobody(api: Api) -> None:
    said = set()
    for slug in ("reminders", "nothing", "No slug at all", "%00"):
        response = await api.ask("another", "GET", f"deployments/{slug}")
        body = response.json()
        assert (response.status_code, body.pop("request_id")) == (404, response.headers["x-request-id"])
        said.add(str(body))
    assert len(said) == 1


async def test_a_list_shows_what_one_manages_and_an_operator_everything(api: Api) -> None:
    found = {who: (await api.ask(who, "GET", "deployments")).json() for who in api.tokens}
    slugs = {who: [one["slug"] for one in page["items"]] for who, page in found.items()}
    assert slugs == {"another": [], "owner": ["reminders", "textkit"], "operator": ["reminders", "textkit"]}
    assert not any("next" in page for page in found.values())


@pytest.mark.parametrize("ending", ["revoked", "disabled"])
async def test_a_body_that_is_held_back_does_not_outlast_its_token(api: Api, ending: str) -> None:
    """Else whoever is shut out leaves something behind all the same, by a request that began before."""
    here = api.here
    secret = {"name": "Mine", "redirect_uris": ["https://app.example.org/callback"], "confidential": True}
    made = await api.ask("owner", "POST", "deployments/textkit/clients", json=secret)
    named = await api.named("owner") | {"client_id": made.json()["client"]["id"]}

    async def end(tx: Transaction, account_id: str) -> None:
        if ending == "disabled":
            await tx.disable_account(account_id, here.clock())
        for token in await tx.list_personal_tokens(account_id):
            await personal_tokens.revoke(tx, token, None, here.clock())

    async def enable(account_id: str, tx: Transaction) -> bool:
        return await tx.enable_account(account_id)

    before: list[str] = []

    async def slowly(text: bytes, account_id: str) -> AsyncIterator[bytes]:
        yield text[:5]
        await here.installation.store.write(lambda tx: end(tx, account_id))
        before.append(await api.rows())
        yield text[5:]

    for (method, path), body in BODIES.items():
        who: Who = "owner" if "owner" in MAY[method, path][1] else "operator"
        account_id = {"owner": "account_1", "operator": "account_3"}[who]
        await here.installation.store.write(partial(enable, account_id))
        token, sent = await api.token(who, *SCOPES), slowly(json.dumps(body).encode(), account_id)
        at, kind = path.format(**named), {"Content-Type": "application/json"}
        response = await api.ask(who, method, at, token=token, content=sent, headers=kind)
        assert (response.status_code, await api.rows()) == (401, before[-1]), (method, path, response.text)
