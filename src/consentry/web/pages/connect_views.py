"""What the pages of "Set Up OAuth" and of API keys show: plain values, already decided, none of them markup."""

from collections.abc import Mapping
from dataclasses import dataclass

from consentry.web.pages.token_views import PersonalTokens


@dataclass(frozen=True, slots=True)
class PresetLine:
    """One known application; `warning` says what it needs to reach this deployment, or from where alone it does."""

    value: str
    words: str
    reachable: bool
    warning: str


@dataclass(frozen=True, slots=True)
class SetUp:
    """Which application is to be connected. `values` are the fields as typed; `unreachable` why hosted ones cannot."""

    deployment_name: str
    action: str
    back: str
    presets: tuple[PresetLine, ...]
    values: Mapping[str, str]
    error: str | None = None
    unreachable: str | None = None


@dataclass(frozen=True, slots=True)
class ClientPage:
    """All that is to be given to an application, and what to click there. `here` is the page's own path.

    `snippet` is what is pasted into a file of the application's, where that is its way.

    `secret` is there the once that it is shown. `older_until` is until when the secret before works as well.
    """

    name: str
    client_id: str
    deployment_name: str
    mcp_url: str
    authorization_url: str
    token_url: str
    redirect_uris: tuple[str, ...]
    steps: tuple[str, ...]
    reachable: bool
    reach_words: str
    confidential: bool
    here: str
    back: str
    secret: str | None = None
    older_until: int | None = None
    connections: int = 0
    note: str | None = None
    snippet: str | None = None


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One API key: a person's own, or one that an application got instead of tokens. Times in epoch seconds."""

    grant_id: str
    label: str
    deployment_name: str
    scope_words: str
    since: int
    until: int | None
    last_used_words: str
    application: str | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """A person's API keys, and the form for another. `fresh` is (label, key) of the one just made, shown this once.

    `deployments` are (slug, name) of those that it could open, `scopes` (name, scopes) of those that have several.
    """

    keys: tuple[KeyLine, ...]
    deployments: tuple[tuple[str, str], ...]
    action: str
    revoke_action: str
    values: Mapping[str, str]
    fresh: tuple[str, str] | None = None
    error: str | None = None
    note: str | None = None
    scopes: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """An application that waits for an operator: as it calls itself, and the hosts that it sends people to."""

    client_id: str
    name: str
    hosts: tuple[str, ...]
    since: int
    confidential: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Those that wait, for an operator to let in or to turn away."""

    clients: tuple[WaitingLine, ...]
    approve_action: str
    refuse_action: str
    note: str | None = None


ConnectView = SetUp | ClientPage | Keys | Waiting | PersonalTokens
