"""Events in words: a sentence for each name, and for the suspicious and the grave ones what to do next."""

from string import Formatter
from typing import NamedTuple

from consentry.audit import Event, EventName
from consentry.calls import Names
from consentry.grants import story
from consentry.web.pages.stranger import plain

# {who} did it or tried to, {account} is whose, {client} and {deployment} what was used.
SENTENCES: dict[EventName, str] = {
    "account:account:created": "{account} was made.",
    "account:account:verified": "The address of {account} was verified.",
    "account:account:disabled": "{account} was shut: its browsers were signed out and its applications cut off.",
    "account:account:enabled": "{account} was opened again.",
    "account:account:deleted": "{account} was deleted, with its deployments and all that was connected.",
    "account:password:changed": "The password of {account} was changed; other browsers were signed out.",
    "account:email:changed": "The email address of {account} was changed.",
    "account:second_factor:added": "An authenticator was set up: signing in to {account} takes a code as well.",
    "account:second_factor:removed": "The second factor of {account} was switched off.",
    "account:second_factor:throttled": (
        "Somebody gave the right password of {account} and too many wrong codes. They were not let in."
    ),
    "account:recovery_code:used": "A recovery code was used to sign in to {account}.",
    "account:invitation:created": "{who} invited somebody to make an account.",
    "account:invitation:withdrawn": "{who} took back an invitation to make an account.",
    "account:letter:failed": "A mail to {account} could not be delivered.",
    "account:personal_token:created": "{who} made a personal access token, for programs that use the API.",
    "account:personal_token:revoked": "A personal access token of {account} was revoked.",
    "account:plan:changed": "An operator gave {account} another plan.",
    "account:login:succeeded": "{who} signed in.",
    "account:login:failed": "A sign-in to {account} was refused.",
    "account:login:throttled": "Too many attempts to sign in to {account} came; no more were looked at for a while.",
    "account:session:ended": "A browser was signed out of {account}.",
    "client:registration:created": "{client} registered itself.",
    "client:registration:folded": "{client} registered itself again, in the same words.",
    "client:registration:changed": "{client} changed its own registration.",
    "client:registration:ended": "{client} gave back a registration.",
    "client:registration_token:created": "An operator made a token for registering applications.",
    "client:registration_token:revoked": "An operator revoked a token for registering applications.",
    "client:client:created": "{client} was set up for {deployment}.",
    "client:client:approved": "An operator approved {client}.",
    "client:client:removed": "{client} was removed; what it was let into ended.",
    "client:client:reaped": "{client} was removed, because nobody used it.",
    "client:client:returned": "An application that had been removed came back, and was told to register again.",
    "client:assertion:replayed": "Something that {client} proves itself by came a second time, and was refused.",
    "client:document:added": "{client} came for the first time, known by the document about it.",
    "client:document:changed": "The document about {client} changed.",
    "client:document:refused": "The document about {client} could not be used.",
    "client:document:stood_in": "The document about {client} could not be fetched, and a copy stood in.",
    "client:document:pinned": "An operator imported the document about {client}.",
    "client:client:changed": "An operator changed how {client} stays connected.",
    "client:secret:rotated": "{client} got a new secret.",
    "client:secret:ended": "The older secret of {client} was ended.",
    "deployment:deployment:created": "{deployment} was made.",
    "deployment:deployment:changed": "{deployment} was changed.",
    "deployment:deployment:paused": "{deployment} was paused: calls are refused.",
    "deployment:deployment:resumed": "{deployment} was resumed: calls pass again.",
    "deployment:deployment:removed": "{deployment} was deleted, and what was connected to it ended.",
    "deployment:guest:invited": "Somebody was invited to {deployment}.",
    "deployment:guest:uninvited": "An invitation to {deployment} was taken back.",
    "grant:consent:approved": "{who} approved {client} for {deployment}.",
    "grant:consent:denied": "{who} denied {client} access to {deployment}.",
    "grant:device:asked": "{client} asked for access to {deployment}, from a device.",
    "grant:user_code:failed": "{who} entered a device's code that is none.",
    "grant:user_code:throttled": "Too many wrong device codes came; no more were looked at for a while.",
    "grant:api_key:created": "{who} made an API key for {deployment}.",
    "grant:code:exchanged": "{client} was connected to {deployment} in the name of {account}.",
    "grant:code:replayed": "A code of {client} came a second time, as if stolen: its access to {deployment} was ended.",
    "grant:client:approved": "{client} was let into {deployment}, to act for itself.",
    "grant:token:issued": "{client} took an access token for {deployment}, for itself.",
    "grant:token:refreshed": "{client} refreshed its access to {deployment}.",
    "grant:token:repeated": "An old refresh token of {client} came again: an answer was lost, or two requests raced.",
    "grant:token:shared": (
        "An old refresh token of {client} came again from another network. It was let through, since its successor"
        " was unused."
    ),
    "grant:token:overused": "One old refresh token of {client} came a hundred times: it does not keep the new ones.",
    "grant:token:reused": (
        "A refresh token of {client} that was used up came again, as if stolen: its access to {deployment} was ended."
    ),
    "grant:token:revoked": "{client} gave back an access token.",
    "grant:token:unsealable": "An old refresh token of {client} came again and could not be led on.",
    "grant:refresh:ended": "{client} gave back its refresh token: what it still holds runs out.",
    "grant:grant:ended": "The access of {client} to {deployment} ended.",
    "keys:signing_key:rotated": "A new signing key was made.",
    "keys:signing_key:withdrawn": "The signing keys were withdrawn as compromised; what they signed counts no more.",
    "limits:rate:exceeded": "A rate limit was reached.",
    "limits:plan:exhausted": "The plan of {account} was used up: calls of tools were refused until some came back.",
}

_PASSWORD = "If that was not you, set a new password, and look at the browsers that are signed in."  # noqa: S105
_ENDED = "If you do not, there is nothing more to do: it is out."
NEXT: dict[EventName, str] = {
    "account:password:changed": "If that was not you, have a new password set by mail at once.",
    "account:email:changed": "If that was not you, follow the link in the mail to your old address: it takes it back.",
    "account:second_factor:added": "If that was not you, somebody sits at your browser: ask whoever runs this server.",
    "account:second_factor:removed": f"{_PASSWORD} Then set an authenticator up again.",
    "account:second_factor:throttled": "Somebody knows the password. If that was not you, set a new one.",
    "account:personal_token:created": "If that was not you, revoke it under Access tokens, and set a new password.",
    "account:recovery_code:used": f"{_PASSWORD} Then have new recovery codes shown.",
    "account:login:throttled": "If that was not you, somebody guesses: a second factor keeps them out.",
    "client:assertion:replayed": "If it comes again, ask whoever runs the application for a new key.",
    "grant:user_code:throttled": "If that was not you, somebody guesses codes: approve none that you did not ask for.",
    "grant:code:exchanged": "If you do not know it, disconnect it under Applications and set a new password.",
    "grant:code:replayed": f"If you know the application, connect it again. {_ENDED}",
    "grant:token:shared": "If you do not know that network, disconnect the application, and connect it again.",
    "grant:token:overused": "Update the application. If it does not stop, disconnect it and connect it again.",
    "grant:token:reused": f"If you know the application, connect it again. {_ENDED}",
    "limits:plan:exhausted": "Wait until calls come back, or ask whoever runs this server for a larger plan.",
}


_BEGUN = {
    said: said[0].upper() + said[1:] for said in ("your account", "an account", "an application", "an MCP server")
}


class Words(NamedTuple):
    """A piece of a sentence: ours, or in the place of a name, which a stranger may have chosen."""

    text: str
    named: bool


def sentence(event: Event, names: Names, reader_id: str | None = None) -> tuple[Words, ...]:
    """What happened, to be read by the account with that id: what is theirs is called so."""
    own = event.account_id is not None and event.account_id == reader_id
    said = {
        "who": "You" if own else plain(names.account) or "Somebody",
        "account": "your account" if own else plain(names.account) or "an account",
        "client": plain(names.client) or "an application",
        "deployment": plain(names.deployment) or "an MCP server",
    }
    words: list[Words] = []
    # One that a newer server wrote is called by its name.
    for ours, field, _, _ in Formatter().parse(SENTENCES.get(event.name, f"{event.name}.")):
        words += [Words(ours, False)] if ours else []
        words += [Words(said[field], True)] if field else []
    if event.name == "grant:grant:ended":
        words.append(Words(f" {story.words(event)}", False))
    first = words[0]
    return (Words(_BEGUN.get(first.text, first.text), first.named), *words[1:])


def next_step(event: Event, reader_id: str | None = None) -> str | None:
    """What to do now, where there is something for its reader to do."""
    if not event.suspicious and event.account_id != reader_id:
        return None
    return NEXT.get(event.name)
