"""The front page, signing in and up, and what mail does."""

from dev.screenshots.walk.visitor import Visitor, Walk
from tests.web.world import EMAIL, PASSWORD

NEW_EMAIL = "grace@example.com"


async def come_in(walk: Walk) -> None:
    """Nobody is signed in anywhere."""
    visitor = walk.visitor()
    await visitor.see("home", "/")
    await visitor.see("sign-in", "/login")
    walk.keep("sign-in-failed", await visitor.sign_in(password="not it"), 401)  # noqa: S106
    await _sign_up(walk, visitor)
    await _reset(walk, visitor)
    asked = walk.here.request("https://claude.ai/oauth/mcp-oauth-client-metadata")
    asked["redirect_uri"] = "https://claude.ai/api/mcp/auth_callback"
    response = await visitor.browser.get("/authorize", params=asked)
    await visitor.see("sign-in-to-connect", response.headers["location"])
    gone = walk.visitor()
    walk.keep("signed-out", await gone.send(await gone.sign_in(), "/logout"))


async def _sign_up(walk: Walk, visitor: Visitor) -> None:
    page = await visitor.see("sign-up", "/signup")
    walk.keep("letter-sent", await visitor.send(page, "/signup", email=NEW_EMAIL))
    link = await walk.link(NEW_EMAIL)
    await visitor.see("make-account", link)
    elsewhere = walk.visitor()
    await elsewhere.send(await elsewhere.open(link), "/verify-email", name="Grace Hopper", password=PASSWORD)
    await visitor.see("link-gone", link, 400)


async def _reset(walk: Walk, visitor: Visitor) -> None:
    page = await visitor.see("reset-password", "/reset-password")
    await visitor.send(page, "/reset-password", email=EMAIL)
    await visitor.see("new-password", await walk.link(EMAIL))
