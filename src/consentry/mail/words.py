"""What each letter says: those with a link here, the news beside it."""

from collections.abc import Callable, Mapping

from consentry.accounts.letters import LetterKind
from consentry.mail import news
from consentry.mail.wording import Facts, Wording

NOT_YOU = "If this was not you, you need do nothing: without this link nothing happens."


def _sign_up(host: str, facts: Facts) -> Wording:
    return Wording(
        f"Finish signing up at {host}",
        (f"Somebody, hopefully you, wants an account for this address at {host}.",),
        ("Finish signing up", facts["url"]),
        ("The link works once, within a day.", NOT_YOU),
    )


def _known(host: str, facts: Facts) -> Wording:
    return Wording(
        f"You have an account at {host}",
        (f"Somebody, hopefully you, wanted to sign up at {host} with this address. It has an account already.",),
        ("Sign in", facts["url"]),
        (
            f"If you forgot the password, have a new one set: {facts['reset_url']}",
            "If this was not you, you need do nothing: nothing was changed.",
        ),
    )


def _invite(host: str, facts: Facts) -> Wording:
    return Wording(
        f"You are invited to {host}",
        (
            (
                f"Whoever runs {host} invites you to make an account there. It lets you decide which AI applications"
                " may use your MCP servers, and end their access at any time."
            ),
        ),
        ("Make your account", facts["url"]),
        ("The link works once, within a week.", "If you do not know why you were invited, ignore this mail."),
    )


def _verify(host: str, facts: Facts) -> Wording:
    return Wording(
        f"Verify your address at {host}",
        (
            (
                f"There is an account for this address at {host}. It can be used as soon as you say that the address is"
                " yours."
            ),
        ),
        ("Verify the address", facts["url"]),
        ("The link works once, within a day.", NOT_YOU),
    )


def _reset(host: str, facts: Facts) -> Wording:
    return Wording(
        f"Set a new password at {host}",
        (f"Somebody, hopefully you, forgot the password of your account at {host}.",),
        ("Set a new password", facts["url"]),
        (
            (
                "The link works once, within an hour. Setting a new password signs you out in every browser; connected"
                " applications stay connected."
            ),
            "If this was not you, you need do nothing: your password stays as it is.",
        ),
    )


def _email_new(host: str, facts: Facts) -> Wording:
    return Wording(
        f"Use this address at {host}",
        (f"Somebody, hopefully you, wants to use this address for their account at {host}.",),
        ("Use this address", facts["url"]),
        (
            "Open it where you are signed in. It works once, within a day; until then the old address stays.",
            NOT_YOU,
        ),
    )


def _email_asked(host: str, facts: Facts) -> Wording:
    return Wording(
        f"Your address at {host} is to be changed",
        (
            (
                f"Somebody who is signed in to your account at {host} and knows its password wants it to use another "
                f"address: {facts['email']}"
            ),
            "If this was you, open the link that was sent there.",
            (
                "If not, keep your address: this also takes a change back that was made meanwhile, within a week, and "
                "signs every browser out. Then set a new password."
            ),
        ),
        ("Keep my address", facts["url"]),
    )


def _email_changed(host: str, facts: Facts) -> Wording:
    return Wording(
        f"Your address at {host} was changed",
        (
            f"Your account at {host} now uses another address: {facts['email']}",
            (
                "If this was not you, open the link of the mail that came to this address before; it takes the change "
                "back. If you have no such mail, write to whoever runs the server at once."
            ),
        ),
    )


def _account_deleted(host: str, _facts: Facts) -> Wording:
    return Wording(
        f"Your account at {host} is deleted",
        (
            f"Your account at {host} was deleted, with all that it had: nothing that it connected works any more.",
            "If this was not you, write to whoever runs the server. This is the last mail to this address.",
        ),
    )


WORDINGS: Mapping[LetterKind, Callable[[str, Facts], Wording]] = {
    "sign_up": _sign_up,
    "known": _known,
    "invite": _invite,
    "verify": _verify,
    "reset": _reset,
    "email_new": _email_new,
    "email_asked": _email_asked,
    "email_changed": _email_changed,
    "account_deleted": _account_deleted,
    "password_changed": news.password_changed,
    "factor_added": news.factor_added,
    "factor_removed": news.factor_removed,
    "factor_guessed": news.factor_guessed,
    "recovery_used": news.recovery_used,
    "client_connected": news.client_connected,
    "client_cut_off": news.client_cut_off,
}
