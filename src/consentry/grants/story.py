"""A grant's story in plain words, an event a sentence: what its owner reads."""

from typing import cast

from consentry.audit import Event, EventName
from consentry.grants.model import EndReason

_ENDED: dict[EndReason, str] = {
    "revoked by the client": "The application signed out: it revoked its own token.",
    "ended by the account": "The person disconnected the application.",
    "ended by the operator": "The operator ended it.",
    "code used twice": "It ended, because its authorization code came a second time.",
    "old refresh token used again": "It ended, because an old refresh token came again.",
    "account disabled": "It ended, because the account was disabled.",
    "account deleted": "It ended, because the account was deleted.",
    "client deleted": "It ended, because the client was deleted.",
    "deployment deleted": "It ended, because the deployment was deleted.",
    "no longer let in": "It ended, because the deployment lets its person in no more.",
}

_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60))

_PLAIN: dict[EventName, str] = {
    "grant:client:approved": "The operator let the application in, to act for itself.",
    "grant:token:issued": "The application took an access token, for itself.",
    "grant:refresh:ended": "The application gave its refresh token back: what it still holds runs out.",
    "grant:token:refreshed": "The application refreshed its access.",
    "grant:token:overused": (
        "One old refresh token came a hundred times: its holder does not keep the new ones, or shares them."
    ),
    "grant:token:unsealable": "An old refresh token came again, and its successor could not be read any more: refused.",
    "grant:token:revoked": "The application revoked one access token.",
}


def words(event: Event) -> str:
    """One event of a grant as a sentence."""
    match event.name:
        case "grant:api_key:created":
            return "The key was made."
        case "grant:code:exchanged":
            by_code = " by the code that a device showed" if event.reason == "by device" else ""
            return f"The person approved{by_code}, and the application got its first tokens."
        case "grant:code:replayed":
            kind = "device" if event.reason == "by device" else "authorization"
            return f"Its {kind} code came a second time, as if stolen: cut off."
        case "grant:token:repeated":
            return f"An old refresh token came again{_late(event)}: {_excuse(event)}. Kept."
        case "grant:token:shared":
            return (
                f"An old refresh token came again{_late(event, 'another network')}. Kept, since its successor was "
                "unused; end it if you do not know that network."
            )
        case "grant:token:reused":
            return f"An old refresh token came again{_late(event)}, long after its successor was used: cut off."
        case "grant:grant:ended":
            return _ENDED.get(cast("EndReason", event.reason), f"It ended: {event.reason}.")
        case _:
            return _PLAIN.get(event.name, event.name)


def _late(event: Event, whence: str | None = None) -> str:
    seconds, whence = event.detail.get("seconds_since_use"), str(event.detail.get("from", "")) or whence
    after = "" if seconds is None else f" {_length(int(seconds))} after its use"
    return after if whence is None else f"{after}, from {whence}"


def _length(seconds: int) -> str:
    """In the largest unit of which there are two, rounded down."""
    number, unit = next(((seconds // size, unit) for unit, size in _UNITS if seconds >= 2 * size), (seconds, "second"))
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _excuse(event: Event) -> str:
    return "two requests raced" if event.reason == "race" else "an answer was lost on the way"
