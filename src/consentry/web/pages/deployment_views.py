"""What the pages about deployments show: plain values, already decided; of markup there are charts of our own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from markupsafe import Markup

from consentry.deployments.health import HealthState, Seen


@dataclass(frozen=True, slots=True)
class Health:
    """How a deployment is: in a word or two, and in a sentence; and how long ago somebody looked."""

    state: HealthState
    words: str
    sentence: str
    looked_words: str | None = None


@dataclass(frozen=True, slots=True)
class DeploymentLine:
    """One deployment in the list, with its calls of the last day. `owner_email` is there where it is another's."""

    name: str
    slug: str
    href: str
    health: Health
    connections: int
    last_call_words: str
    owner_email: str | None = None
    calls: int = 0
    errors: int = 0
    drawn: Markup | str = ""


@dataclass(frozen=True, slots=True)
class Deployments:
    """The list: what a person manages, and (name, MCP URL) of what they may use besides.

    `new_url` is None for whoever may make none. Of many a page is shown, by slug: `here` is the list's own path, where
    it is searched if it is `long`, `more` the next page's; `unlisted` are those that may be used and are not shown.
    """

    managed: tuple[DeploymentLine, ...]
    usable: tuple[tuple[str, str], ...]
    new_url: str | None
    note: str | None = None
    here: str = ""
    search: str = ""
    long: bool = False
    first: str | None = None
    more: str | None = None
    unlisted: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """What a test of a connection found: `fault` says what is wrong, or else all the rest is known."""

    fault: str | None
    server_name: str
    protocol_version: str
    tools: tuple[str, ...]

    @classmethod
    def of(cls, seen: Seen) -> Self:
        return cls(seen.fault, seen.server_name or "", seen.protocol_version or "", seen.tools)


@dataclass(frozen=True, slots=True)
class DeploymentForm:
    """A deployment to be made, or one to be changed: then `deployment_name` is its name.

    `values` are the fields as typed, `policies` who may be let in, with the words for it. `places` says whether this
    person may say where the MCP server is. `header_names` are those of the headers kept for it, None where these cannot
    be opened.
    """

    action: str
    back: str
    values: Mapping[str, str]
    deployment_name: str | None
    places: bool
    mcp_url: str
    policies: tuple[tuple[str, str], ...]
    header_names: tuple[str, ...] | None = ()
    error: str | None = None
    finding: Finding | None = None

    @property
    def new(self) -> bool:
        return self.deployment_name is None


@dataclass(frozen=True, slots=True)
class ClientLine:
    """A client that was made for this deployment alone."""

    name: str
    client_id: str
    href: str
    confidential: bool


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """An application that is connected, as it calls itself, and where it is; by how many connections."""

    name: str
    where: str
    connections: int
    last_used_words: str


@dataclass(frozen=True, slots=True)
class DeploymentPage:
    """One deployment. `here` is its own path, and its forms are below it. `scopes` are (name, what it opens); one that
    is `guarded` is called at public addresses alone. `keys` are people's own, `invited` addresses, which count where it
    `invites`."""

    name: str
    slug: str
    here: str
    back: str
    mcp_url: str
    upstream_url: str | None
    owner_email: str
    access_words: str
    auth_words: str
    format_words: str
    scopes: tuple[tuple[str, str], ...]
    guarded: bool
    health: Health
    tools: tuple[str, ...]
    connections: int
    last_call_words: str
    created_at: int
    paused: bool
    clients: tuple[ClientLine, ...]
    applications: tuple[ApplicationLine, ...] = ()
    keys: int = 0
    invites: bool = False
    invited: tuple[str, ...] = ()
    tested: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class DeletePage:
    """What deleting a deployment will end."""

    name: str
    slug: str
    action: str
    back: str
    connections: int
    keys: int
    clients: int
    error: str | None = None


DeploymentView = Deployments | DeploymentForm | DeploymentPage | DeletePage
