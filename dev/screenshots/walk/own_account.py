"""What is connected to an account, its keys and tokens, and how it is kept safe and left."""

from base64 import b32decode
from urllib.parse import parse_qs, urlsplit

from dev.screenshots.walk.visitor import Visitor, Walk
from tests.web.pages.reading import Reading
from tests.web.world import OTHER_EMAIL, PASSWORD

from consentry.spec import totp

SECURITY = "/account/security"
FACTOR = f"{SECURITY}/second-factor"
NEW_EMAIL = "lovelace@example.com"


async def find_nothing(walk: Walk) -> None:
    """Somebody to whom nothing is connected yet."""
    other = walk.visitor()
    await other.sign_in(OTHER_EMAIL)
    for name, path in {
        "deployments-none": "/dashboard",
        "account-none": "/account",
        "keys-none": "/account/keys",
        "tokens-none": "/account/tokens",
    }.items():
        await other.see(name, path)


async def hold(walk: Walk, ada: Visitor) -> None:
    """Connections, keys and tokens."""
    await ada.see("account", "/account")
    page = await ada.open("/account/keys")
    made = await ada.send(page, "/account/keys", deployment="reminders", label="Nightly backup", life="90d")
    walk.keep("key-made", made)
    await ada.see("keys", "/account/keys")
    page = await ada.open("/account/tokens")
    wanted = {"label": "Inventory script", "life": "90d", "deployments:read": "1", "password": PASSWORD}
    walk.keep("token-made", await ada.send(page, "/account/tokens", **wanted))
    await ada.see("tokens", "/account/tokens")
    await ada.see("api-reference", "/api/v1")
    await ada.see("activity", "/account/activity")
    await ada.see("activity-suspicious", "/account/activity?show=suspicious")


async def be_safe(walk: Walk, ada: Visitor) -> None:
    """Another browser, another address, another password, an authenticator."""
    await ada.see("security", SECURITY)
    page = await ada.see("email", f"{SECURITY}/email")
    await walk.mailbox.brought(walk.here)
    walk.keep("email-asked", await ada.send(page, f"{SECURITY}/email", new_email=NEW_EMAIL, password=PASSWORD))
    letters = await walk.mailbox.brought(walk.here)
    (keep,) = [word for letter in letters for word in letter.text.split() if "/account/keep-email?" in word]
    await ada.see("keep-email", urlsplit(keep).path + "?" + urlsplit(keep).query)
    await ada.see("password", f"{SECURITY}/password")
    page = await ada.see("authenticator", FACTOR)
    key = _key(page.text)
    code = totp.code(key, totp.step_at(walk.here.clock()))
    walk.keep("recovery-codes", await ada.send(page, FACTOR, password=PASSWORD, code=code))
    await ada.see("security-factor", SECURITY)
    await ada.see("new-codes", f"{FACTOR}/codes")
    await ada.see("factor-off", f"{FACTOR}/off")
    await ada.see("shut-out", f"{SECURITY}/shut-out")
    await ada.see("delete-account", f"{SECURITY}/delete")
    again = walk.visitor()
    page = walk.keep("second-step", await again.sign_in())
    walk.keep("second-step-failed", await again.send(page, "/login/code", code="000000"), 401)


async def leave(walk: Walk) -> None:
    other = walk.visitor()
    await other.sign_in(OTHER_EMAIL)
    page = await other.open(f"{SECURITY}/delete")
    walk.keep("account-deleted", await other.send(page, f"{SECURITY}/delete", password=PASSWORD))


def _key(page: str) -> bytes:
    """Out of the link that opens an authenticator on the same device."""
    (uri,) = [link["href"] for link in Reading(page).all("a") if link["href"].startswith("otpauth://")]
    (text,) = parse_qs(urlsplit(uri).query)["secret"]
    return b32decode(text + "=" * (-len(text) % 8))
