"""Sentences about one's own account: what was wrong with a form, and what was done."""

from consentry.web.pages.stranger import plain
from consentry.web.pages.words import Wording, counted, duration

CODE_WRONG = "That code is not right, or was used before. Wait for the next one, and compare the clock of your device."
DELETING_KEEPS = (
    "It cannot be taken back. What happened stays written down for half a year, under a number that is nobody's name."
)
PASSWORD_MISSING = "Enter your password, so that we know it is you."  # noqa: S105
PASSWORD_WRONG = "That is not your password. Try again, or sign out and have a new one set."  # noqa: S105
KEEPING = (
    "Your account keeps, or gets back, this address, and every browser is signed out. If you did not ask for the"
    " change, somebody knows your password, and may have left tokens, API keys and applications behind: shut everybody"
    " out, and all of these end, yours with them. The password then opens nothing any more, and a link to set another"
    " comes to this address."
)
EMAIL_THE_SAME = "That is your address already: write the new one."
EMAIL_OF_ANOTHER = Wording(
    "Sign in to the account first",
    "The account that asked for this address is not the one that is signed in here.",
    "If you asked for it, sign in to that account in this browser and open the link again. If not, close this page.",
    403,
)
EMAIL_WITHOUT_MAIL = Wording(
    "Your email cannot be changed here",
    "This server sends no mail, and without it a new address cannot be proven.",
    "Ask whoever runs it to change your address.",
    403,
)
EMAIL_ASKED = Wording(
    "Look into your mail",
    "A mail with a link is on its way to the new address, if it can be used here. The old one is told.",
    "Open the link within a day; until then everything stays as it is.",
    200,
)
EMAIL_CHANGED = Wording(
    "Your address is changed",
    "Your account now has the address below, and you sign in with it. The old address is told.",
    "You can close this page, or go on to your account.",
    200,
)
EMAIL_KEPT = Wording(
    "Your address stays yours",
    "Your account has the address below, every browser is signed out, and no other change of the address is under way.",
    "If you did not ask for the change, somebody knows your password: set a new one now.",
    200,
)
EMAIL_KEPT_AND_LOCKED = Wording(
    "Your address stays yours, and everybody is out",
    "Every browser is signed out, no access token, API key or application of the account works any more, and the"
    " password opens nothing.",
    "A mail with a link is on its way to the address below: set a new password with it, sign in, and connect your"
    " applications again.",
    200,
)
DONE = {
    "verified": "Your address is verified.",
    "unsent": "Nothing was sent: the address is verified already, or this server sends no mail.",
    "factor-off": "The second factor is off. Your password alone opens your account.",
    "factor-there": "An authenticator is set up already.",
    "factor-none": "No authenticator is set up.",
    "again": "That page was too old: begin again.",
    "sessions": "Signed out there. That browser has to sign in again.",
    "shut-out": "Whatever opened your account or acted for it has ended, but for this browser. Now set a new password.",
    "password": "Your password is changed, and every other browser is signed out.",
}


def what_deleting_ends(connections: int, deployments: tuple[str, ...], others: int) -> str:
    """With an account."""
    own = f", with {counted(connections, 'connection')} of applications and API keys" if connections else ""
    said = f"Your account ends at once{own}."
    if deployments:
        theirs = f" and {counted(others, 'connection')} that others have to them" if others else ""
        said += f" So do your MCP servers here ({', '.join(plain(name) for name in deployments)}){theirs}."
    return said


def what_shutting_out_ends(browsers: int, tokens: int, connections: int) -> str:
    """Of an account that somebody else was in."""
    held = f"{counted(connections, 'connection')} of applications and API keys"
    there = [counted(browsers, "other browser")] if browsers else []
    there += [counted(tokens, "personal access token")] if tokens else []
    there += [held] if connections else []
    if not there:
        return "Nothing but this browser opens your account just now: there is nothing to end."
    said = f"What ends at once: {' and '.join([', '.join(there[:-1]), there[-1]] if there[:-1] else there)}."
    return f"{said} Connect those that you know anew." if connections else said


def letters_throttled(retry_after_seconds: int) -> str:
    """Too much mail was asked for, whether or not there is an account."""
    return f"Too many mails were asked for. Wait {duration(retry_after_seconds)}, then try again."


def code_throttled(retry_after_seconds: int) -> str:
    """Too many codes of a second factor that were not right."""
    return f"Too many codes that were not right. Wait {duration(retry_after_seconds)}, then try again."


def passwords_throttled(retry_after_seconds: int) -> str:
    """Too many forms with a new password came with one link, or at once."""
    return f"Too many passwords were sent. Wait {duration(retry_after_seconds)}, then try again."
