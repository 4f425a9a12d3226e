"""The wording of what can go wrong, in one place: each says what happened and what to do next."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from consentry.deployments.admission import AccessPolicy
from consentry.deployments.authentication import Authentication
from consentry.deployments.model import Deployment
from consentry.formats import Format
from consentry.tokens import DEFAULT_KEY_PREFIX
from consentry.web.pages.views import Chrome, Notice


@dataclass(frozen=True, slots=True)
class Wording:
    """A stop: its title, what happened, what to do next, and the HTTP status it is told with."""

    title: str
    what: str
    next_step: str
    status: int


UNKNOWN_CLIENT = Wording(
    "This application is not known here",
    "The application that sent you carries a client ID that this server does not know. It may have been removed, or"
    " the application remembers one from an earlier installation.",
    "In the application, remove this connection and add it again with the MCP URL; it then registers anew. Nothing was"
    " shared.",
    400,
)
STALE_CLIENT = Wording(
    "This application has to connect anew",
    "The application that sent you was registered here, and that registration has been removed; below it says why. The"
    " application still remembers it, so it cannot go on from here.",
    "In the application, remove this connection and add it again with the MCP URL; it then registers anew. Nothing was"
    " shared.",
    400,
)
PENDING_CLIENT = Wording(
    "This application waits for approval",
    "It has registered here, but the operator of this server looks at each application before it may be used.",
    "Ask the operator to approve the client ID below, then connect again from your application. Nothing was shared.",
    403,
)
MISSING_CLIENT = Wording(
    "The request does not say which application it is for",
    "The address that brought you here has no client ID, or more than one.",
    "Start the connection again from your application, rather than from a copied or shortened link.",
    400,
)
UNUSABLE_DOCUMENT = Wording(
    "This application's description cannot be read",
    "The application is known by the address of a document about it (its client ID). That document could not be"
    " fetched, or is not as it must be, so nothing says where it would be safe to send you.",
    "Try again in a few minutes. If it stays so, tell the operator of this server: a document that this server cannot"
    " fetch can be imported, with `consentry cimd import`. Nothing was shared.",
    400,
)
MALFORMED_FORM = Wording(
    "This form cannot be read",
    "What was sent is not what the form on the page before sends. Nothing was changed.",
    "Go back, reload the page and fill the form in again.",
    400,
)
UNKNOWN_REDIRECT_URI = Wording(
    "This application asked to be answered at the wrong address",
    "The redirect URI in the request is not one that the application registered, so sending you there would not be"
    " safe. It must be the same, character for character; only the port of a loopback address may differ.",
    "If this is your application, register the redirect URI shown below. If not, close this page: nothing was shared.",
    400,
)
NO_REDIRECT_URI = Wording(
    "This application does not say where to answer it",
    "The address that brought you here has no redirect URI, so there is nowhere to send you back to.",
    "Start the connection again from your application, rather than from a copied or shortened link. If this is your"
    " application, send one of its registered redirect URIs as redirect_uri. Nothing was shared.",
    400,
)
MALFORMED_REQUEST = Wording(
    "This request cannot be answered",
    "The address that brought you here is incomplete or was changed on the way.",
    "Start the connection again from your application.",
    400,
)
REQUEST_GONE = Wording(
    "This request is no longer waiting",
    "It has been answered already, or nobody answered it in time.",
    "If you have just approved or denied it, go back to your application: it has your answer. If not, start the"
    " connection again from there.",
    400,
)
FAULTY_REQUEST = Wording(
    "This request has a fault",
    "The application that sent you asked in a way that cannot be answered. Nothing was shared with it.",
    "If you know the address on the button, go back there; it is told what was wrong. If not, close this page.",
    400,
)
ELSEWHERE = Wording(
    "This MCP server is elsewhere",
    "There is no MCP server at this address: the one of this name runs somewhere else, and only its sign-in is here.",
    "Paste the MCP URL below into your application instead.",
    404,
)
NOT_ALLOWED = Wording(
    "Your account may not use this MCP server",
    "You are signed in, but the owner of this MCP server has not let your account in.",
    "Sign in with another account, or ask the owner to open it.",
    403,
)
FORM_EXPIRED = Wording(
    "This form is out of date",
    "It was opened in another session, or before you last signed in or out, so nothing was done with it.",
    "Go back, reload the page and try again. If your browser refuses cookies for this site, allow them.",
    403,
)
MCP_URL_IN_A_BROWSER = Wording(
    "This address is for your application",
    "It is an MCP URL: applications such as Claude, VS Code or Cursor connect to it. A browser can do nothing with it.",
    "Copy the address below and paste it where your application asks for an MCP server. It will send you here to sign"
    " in and approve.",
    401,
)
PUBLIC_MCP_URL_IN_A_BROWSER = replace(
    MCP_URL_IN_A_BROWSER,
    title="This address is for any application",
    next_step="Copy the address below and paste it where your application asks for an MCP server. It needs no sign-in.",
    status=406,
)
NOT_FOUND = Wording(
    "There is no page at this address",
    "The address may be mistyped, or what was here has been removed.",
    "Check the address, or start from the front page.",
    404,
)
METHOD_NOT_ALLOWED = Wording(
    "This address cannot be used that way",
    "It exists, but not for this kind of request.",
    "Go back and use the form or the link on the page before.",
    405,
)
TOO_LARGE = Wording(
    "This request is too large",
    "What was sent is longer than anything this server accepts.",
    "Start again from your application; if it happens again, tell whoever maintains that application.",
    413,
)
TOO_OFTEN = Wording(
    "Too many requests",
    "Your account has opened more connections in the last hour than this server takes. Nothing was shared.",
    "Wait for as long as it says below, then start the connection again from your application.",
    429,
)
TOO_OFTEN_HERE = Wording(
    "Too many requests from your network",
    "People who share your network have opened more connections in the last hour than this server takes without"
    " knowing who they are. Nothing was shared.",
    "Sign in to go on, or wait for as long as it says below.",
    429,
)
UNAVAILABLE = Wording(
    "This server cannot answer just now",
    "It cannot reach what it keeps. Nothing was lost, and nothing was shared with the application.",
    "Wait a few seconds and load this page again. If it stays like this, tell the operator the request number below.",
    503,
)
SERVER_ERROR = Wording(
    "Something broke on our side",
    "The request was understood but could not be finished. Nothing was shared with the application.",
    "Try again in a minute. If it happens again, tell the operator the request number below.",
    500,
)
DEVICE_APPROVED = Wording(
    "Your device is connected",
    "You approved, and the device notices within seconds by itself. You can close this page.",
    "Go on at your device. You can end its access at any time on your account page.",
    200,
)
DEVICE_DENIED = Wording(
    "The device was turned away",
    "You denied, and nothing was shared with it. It is told so within seconds.",
    "You can close this page. If somebody sent you that code, do not enter another one from them.",
    200,
)
DEVICE_GONE = Wording(
    "No device is waiting with this code any more",
    "The code has expired, or it has been answered already. Nothing was shared now.",
    "Start again on your device and enter the new code that it shows.",
    400,
)
SIGN_UP_CLOSED = Wording(
    "Accounts are not open to everybody here",
    "Whoever runs this server decides who gets an account.",
    "Ask whoever runs it for an invitation, or for an account. If you have one, sign in.",
    403,
)
SIGN_UP_WITHOUT_MAIL = Wording(
    "Nobody can sign up here just now",
    "This server sends no mail, and without it an address cannot be proven.",
    "Ask whoever runs it for an account (`consentry account create` makes one). If you have one, sign in.",
    403,
)
RESET_WITHOUT_MAIL = Wording(
    "This server sends no mail",
    "So it cannot send you a link to set a new password.",
    "Ask whoever runs it for a link: `consentry account reset-link` with your address prints one.",
    403,
)
LETTER_SENT = Wording(
    "Look into your mail",
    "A mail with a link is on its way to the address below, if it can be used here.",
    "Open the link in this browser to go on. Nothing there after some minutes? Look into the spam folder, check the"
    " address, and ask again.",
    200,
)
LINK_GONE = Wording(
    "This link is no longer good",
    "It was used already, a newer step took its place, or its time is over.",
    "If you have used it, sign in. If not, ask for another one.",
    400,
)
EMAIL_TAKEN = Wording(
    "There is an account with this address already",
    "It was made after the link was sent.",
    "Sign in to it, or have a new password set if you forgot it.",
    409,
)
ACCOUNT_DELETED = Wording(
    "Your account is deleted",
    "All that it had is gone, and nothing that it connected works any more.",
    "You can close this page. Applications that you go on using elsewhere may still list this server: remove it there.",
    200,
)
SIGN_IN_STEP_GONE = Wording(
    "Signing in took too long",
    "The password was right, but the code did not come within ten minutes, or it was used already.",
    "Sign in again.",
    400,
)
SIGNED_OUT = Wording(
    "You are signed out",
    "This browser no longer has a session here. Connected applications stay connected.",
    "To end an application's access, sign in and disconnect it on your account page.",
    200,
)

# Who may let applications in.
ACCESS: dict[AccessPolicy, str] = {
    "owner": "Its owner alone",
    "invited": "Its owner, and people who are invited",
    "domain": "Its owner, and addresses of one domain",
    "verified": "Everybody with a verified address",
}

SIGN_IN_FAILED = "The email or the password is not right. Check both and try again."
SIGN_IN_INCOMPLETE = "Enter both your email and your password."
SIGN_IN_UNVERIFIED = "This email is not verified yet. Ask the operator to verify it; then sign in."
SIGN_IN_UNVERIFIED_SENT = (
    "This email is not verified yet. A mail with a link is on its way to it: open that link, then sign in."
)
VERIFIED_NOTE = "Your address is verified. Sign in to go on."
PASSWORD_SET_NOTE = "Your new password is set, and you are signed out everywhere. Sign in with it."  # noqa: S105
SESSION_ENDED = "Your session has ended. Sign in again to go on where you were."

USER_CODE_MALFORMED = (
    "A code has eight letters, such as BCDF-GHJK, without vowels and digits. Check what your device shows."
)
USER_CODE_UNKNOWN = (
    "No device is waiting with this code. Check it, or start again on your device: codes last some minutes only."
)

TOOLS_UNREACHABLE = (
    "The MCP server did not answer, so its tools cannot be listed just now. You can approve all the same,"
    " or try again later."
)

TOOLS_ELSEWHERE = "This MCP server is elsewhere, so its tools cannot be listed here."

UNTIL_ENDED = "until you end it"
TOLD_WHO_CALLS = "The MCP server behind it is told your email address with each call."
GETS_A_KEY = "The application gets an API key. You find it on your account page, and can end it there at any time."


def ends_late(access_token_ttl: int) -> str:
    """Of a server that verifies by itself."""
    return (
        "This MCP server is elsewhere and checks access by itself: after you end the approval, it may go on for up to "
        f"{duration(access_token_ttl)}."
    )


def sign_in_throttled(retry_after_seconds: int) -> str:
    """Sign-in is paused after too many wrong passwords, whether or not the account exists."""
    return f"Too many attempts to sign in. Wait {duration(retry_after_seconds)}, then try again."


def user_code_throttled(retry_after_seconds: int) -> str:
    """Entering codes is paused after too many wrong ones."""
    return f"Too many codes that were not right. Wait {duration(retry_after_seconds)}, then try again."


def notice(
    wording: Wording,
    *,
    chrome: Chrome,
    detail: tuple[tuple[str, str], ...] = (),
    link: tuple[str, str] | None = None,
) -> Notice:
    """The page that tells it, with the request's number and the way to the operator's support."""
    return Notice(
        title=wording.title,
        what=wording.what,
        next_step=wording.next_step,
        detail=detail,
        request_id=chrome.request_id,
        support_url=chrome.support_url,
        status=wording.status,
        link=link,
        explained=_explained(wording, chrome.troubleshooting_url),
    )


def anchor(title: str) -> str:
    """Where the page of troubleshooting tells it, as hosts of Markdown name headings."""
    return re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-")


def _explained(wording: Wording, page: str | None) -> str | None:
    return f"{page}#{anchor(wording.title)}" if page and wording.status >= 400 else None


def duration(seconds: int) -> str:
    """`90` as "2 minutes": rounded up, so that nobody who waits that long comes too early."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return counted(-(-seconds // size), unit)
    return counted(max(seconds, 1), "second")


def access(deployment: Deployment) -> str:
    """Who may let applications in, for an owner to read."""
    domain = deployment.email_domain
    return f"Its owner, and addresses of {domain}" if domain else ACCESS[deployment.access]


def authentication(auth: Authentication) -> str:
    """How callers prove who they are, for an owner to read."""
    if auth.issuer is None:
        return "Nothing: it is public, and no token is asked for" if auth.public else "Access tokens of this server"
    return f"{'Access tokens of this server, and ' if auth.oauth else ''}JWTs of {auth.issuer.name}"


def scope(names: Iterable[str], deployment: Deployment | None) -> str:
    """What a scope lets one do; its names, where nobody can say that any more."""
    return "; ".join(deployment.words(name) for name in sorted(names)) if deployment else " ".join(sorted(names))


def token_format(shape: Format) -> str:
    """What access tokens are, for an owner to read."""
    match shape.kind:
        case "opaque":
            return "Opaque text, which only this server can read"
        case "jwt":
            return "JWTs (RFC 9068), which a server can verify by itself"
        case "api_key":
            life = "any access token" if shape.key_ttl is None else duration(shape.key_ttl) if shape.key_ttl else ""
            lives = f"live as long as {life}" if shape.key_ttl is None else f"live for {life}"
            return f"API keys, {shape.key_prefix or DEFAULT_KEY_PREFIX}…, that {lives if life else 'do not expire'}"


def last_used(at: int | None, now: int) -> str:
    """When a thing was last used, said after a comma."""
    return "not used yet" if at is None else f"last used {ago(at, now)}"


def ago(at: int | None, now: int) -> str:
    """When a thing was last used: "4 minutes ago"."""
    return "not yet" if at is None else f"{duration(max(now - at, 1))} ago"


def counted(number: int, unit: str) -> str:
    """As in "1 hour", "2 hours"."""
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
