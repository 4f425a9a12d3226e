"""Applications and devices that ask, and requests that cannot go on."""

import httpx2
from dev.screenshots.walk.visitor import Visitor, Walk
from tests.web.dashboard.conftest import filled
from tests.web.devices import GRANT_TYPES
from tests.web.world import OTHER_EMAIL, answered

CLAUDE = "https://claude.ai/oauth/mcp-oauth-client-metadata"
CLAUDE_REDIRECT_URI = "https://claude.ai/api/mcp/auth_callback"
VSCODE_REDIRECT_URI = "http://127.0.0.1:33418/"


async def ask(walk: Walk, visitor: Visitor, client_id: str, **changes: str | None) -> httpx2.Response:
    return await visitor.browser.get("/authorize", params=walk.here.request(client_id, **changes))


async def asked(walk: Walk, visitor: Visitor, name: str, redirect_uri: str, **changes: str | None) -> httpx2.Response:
    """An application registers itself and asks."""
    registered = await walk.here.register(client_name=name, redirect_uris=[redirect_uri])
    return await ask(walk, visitor, registered["client_id"], redirect_uri=redirect_uri, **changes)


async def let_in(walk: Walk, ada: Visitor) -> None:
    """Ada is asked by each kind of application."""
    here = walk.here
    claude = await ask(walk, ada, CLAUDE, redirect_uri=CLAUDE_REDIRECT_URI)
    walk.keep("consent", claude)
    walk.keep("consent-tools", claude)
    walk.keep("consent-unchecked", await asked(walk, ada, "Claude", "https://agent.example.net/callback"))
    walk.keep("consent-loopback", await asked(walk, ada, "Visual Studio Code", VSCODE_REDIRECT_URI))
    walk.keep(
        "consent-private-scheme", await asked(walk, ada, "Cursor", "cursor://anysphere.cursor-mcp/oauth/callback")
    )
    walk.keep(
        "consent-no-answer",
        await ask(walk, ada, CLAUDE, redirect_uri=CLAUDE_REDIRECT_URI, resource=here.other_resource),
    )
    await _devices(walk, ada)


async def connect(walk: Walk, ada: Visitor) -> None:
    """Two applications that Ada approved, a while ago; one has just been at work."""
    here = walk.here
    vscode = (await here.register(client_name="Visual Studio Code", redirect_uris=[VSCODE_REDIRECT_URI]))["client_id"]
    for client_id, redirect_uri in ((vscode, VSCODE_REDIRECT_URI), (CLAUDE, CLAUDE_REDIRECT_URI)):
        page = await ask(walk, ada, client_id, redirect_uri=redirect_uri)
        sent = await ada.browser.post("/consent", data=filled(ada.form(page, "/consent")) | {"decision": "approve"})
        response = await here.exchange(client_id, answered(sent)["code"], redirect_uri=redirect_uri)
        here.clock.now += 3 * 3600 + 240
        await here.call(response.json()["access_token"])


async def _devices(walk: Walk, ada: Visitor) -> None:
    page = await ada.see("device-code", "/device")
    walk.keep("device-code-failed", await ada.send(page, "/device", user_code="BCDF-GHJK"), 400)
    first, second = [await _device_asks(walk) for _ in range(2)]
    question = walk.keep("consent-device", await ada.send(page, "/device", user_code=first))
    walk.keep("device-approved", await ada.send(question, "/device/answer", decision="approve"))
    question = await ada.send(page, "/device", user_code=second)
    walk.keep("device-denied", await ada.send(question, "/device/answer", decision="deny"))


async def _device_asks(walk: Walk) -> str:
    registered = await walk.here.register(grant_types=GRANT_TYPES, client_name="MCP CLI")
    form = {"client_id": registered["client_id"], "scope": "mcp", "resource": walk.here.resource}
    code: str = (await walk.here.client.post("/device_authorization", data=form)).json()["user_code"]
    return code


async def stop(walk: Walk, ada: Visitor) -> None:
    """What stops a person, each with what to do next."""
    walk.keep("unknown-client", await ask(walk, ada, "client_fromAnEarlierInstallation"), 400)
    wrong = await ask(walk, ada, CLAUDE, redirect_uri="https://claude.ai/api/mcp/auth_callbakc")
    walk.keep("unknown-redirect-uri", wrong, 400)
    other = walk.visitor()
    await other.sign_in(OTHER_EMAIL)
    walk.keep("not-allowed", await ask(walk, other, CLAUDE, redirect_uri=CLAUDE_REDIRECT_URI), 403)
    question = await ask(walk, ada, CLAUDE, redirect_uri=CLAUDE_REDIRECT_URI)
    walk.keep("form-expired", await other.send(question, "/consent", decision="approve"), 403)
    await ada.see("mcp-url-in-a-browser", "/mcp/reminders", 401)
    await ada.see("not-found", "/nothing/here", 404)
    faulty = await asked(walk, walk.visitor(), "Agent", "https://agent.example.net/callback", response_type="token")
    walk.keep("faulty-request", faulty, 400)
