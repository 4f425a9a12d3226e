"""Deployments and their clients, by their owner."""

from dev.screenshots.walk.visitor import Visitor, Walk

NEW = "/dashboard/new"
REMINDERS = "/dashboard/deployments/reminders"
NOTES = {"name": "Notes", "slug": "notes", "place": "upstream", "access": "invited"}
NOWHERE = "http://127.0.0.1:9/mcp"
PRESETS = {
    "client-claude": "claude-both",
    "client-claude-web": "claude-web",
    "client-claude-desktop": "claude-desktop",
    "client-chatgpt": "chatgpt",
    "client-vscode": "vscode",
    "client-cursor": "cursor",
    "client-inspector": "inspector",
}


async def deploy(walk: Walk, ada: Visitor, upstream: str) -> None:
    """`upstream` is an MCP server that answers; it stands behind Reminders, too."""
    page = await ada.see("deployment-new", NEW)
    tried = await ada.send(page, NEW, **NOTES, upstream=upstream, step="test")
    walk.keep("deployment-new-tried", tried)
    walk.keep("deployment-new-down", await ada.send(page, NEW, **NOTES, upstream=NOWHERE, step="test"))
    failed = await ada.send(page, NEW, **NOTES | {"slug": "My notes"}, upstream=upstream, step="keep")
    walk.keep("deployment-new-failed", failed, 400)
    made = await ada.send(page, NEW, **NOTES, upstream=NOWHERE, step="keep")
    walk.keep("deployment-down", made)
    await ada.see("deployment-edit", "/dashboard/deployments/notes/edit")
    textkit = await ada.open("/dashboard/deployments/textkit")
    walk.keep("deployment-paused", await ada.send(textkit, "/dashboard/deployments/textkit/pause"))


async def connect(walk: Walk, ada: Visitor) -> None:
    """A client for each application that people know, and for one of one's own."""
    page = await ada.see("set-up", f"{REMINDERS}/connect")
    walk.keep("set-up-failed", await ada.send(page, f"{REMINDERS}/connect", preset="custom"), 400)
    for name, preset in PRESETS.items():
        walk.keep(name, await ada.send(page, f"{REMINDERS}/connect", preset=preset))
    own = {"preset": "custom", "name": "Team portal", "redirect_uris": "https://portal.example.com/callback"}
    walk.keep("client-secret", await ada.send(page, f"{REMINDERS}/connect", **own, confidential="1"))


async def look(walk: Walk, ada: Visitor) -> None:
    """The list and one deployment, once something is connected and was called."""
    page = await ada.open(REMINDERS)
    walk.keep("deployment", await ada.send(page, f"{REMINDERS}/test"))
    walk.here.clock.now += 130
    await ada.see("deployments", "/dashboard")
    await ada.see("deployment-delete", f"{REMINDERS}/delete")
    for name, path in {"log": "log", "log-events": "log?kind=events", "use": "use"}.items():
        await ada.see(name, f"{REMINDERS}/{path}")
    for name, path in {"log-none": "log", "use-none": "use"}.items():
        await ada.see(name, f"/dashboard/deployments/notes/{path}")
