"""What each page shows: plain values, already decided, none of them markup."""

from dataclasses import dataclass
from typing import Literal

from consentry.web.pages.api_views import ApiReference
from consentry.web.pages.connect_views import ConnectView
from consentry.web.pages.deployment_views import DeploymentView
from consentry.web.pages.form import FormPage
from consentry.web.pages.log_views import LogView
from consentry.web.pages.people_views import People
from consentry.web.pages.security import SecurityView
from consentry.web.pages.use_views import UseView

Effect = Literal["reads", "changes", "destroys"]


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation; `current` where the page is that place, or lies below it."""

    words: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Chrome:
    """What surrounds every page. `prefix` is the issuer's path without a trailing slash, `csrf` the session's token.

    `navigation` is for whoever is signed in; the pages that ask a question have none.
    """

    prefix: str
    request_id: str
    support_url: str | None
    signed_in_as: str | None
    csrf: str
    navigation: tuple[Place, ...] = ()
    troubleshooting_url: str | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """The sign-in form. `client_name` is set where somebody is on the way to connecting an application; `links` are
    (words, address) of other ways on."""

    action: str
    next: str
    csrf: str
    email: str
    error: str | None
    note: str | None
    client_name: str | None
    links: tuple[tuple[str, str], ...] = ()

    @property
    def password_first(self) -> bool:
        """After a wrong password the email stands there already."""
        return self.error is not None and self.email != ""


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """One scope: its name on the wire and what it allows, in a sentence that goes on from "It will be able to"."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class ToolLine:
    """One tool of the MCP server, in its own words."""

    name: str
    title: str | None
    description: str | None
    effect: Effect


@dataclass(frozen=True, slots=True)
class ByRedirect:
    """The answer goes to an address, by way of this browser."""

    host: str
    uri: str
    loopback: bool
    private_scheme: bool


@dataclass(frozen=True, slots=True)
class ByDevice:
    """The answer goes to the device that shows this code: `near` if it is on the network that the person is on."""

    user_code: str
    network: str
    near: bool
    asked_words: str


@dataclass(frozen=True, slots=True)
class Consent:
    """The question put to the owner of an account, with all that is needed to answer it.

    `request` is the authorization request's own query string, sent back unchanged; of a device, what names it. `shown`
    is proof of what else the page says, sent back as well. `way` is which way the answer goes. `client_host` is where
    the application verifiably comes from, None where it only says its name; `client_logo` is a path of ours. `tools` is
    None where they could not be listed; `tools_note` then says why. `uses_server` is false where the application wants
    to know the person alone. `note` is what is particular about the access that it gets.
    """

    action: str
    csrf: str
    request: str
    shown: str
    client_name: str
    client_host: str | None
    client_uri: str | None
    way: ByRedirect | ByDevice
    deployment_name: str
    mcp_url: str
    scopes: tuple[ScopeLine, ...]
    tools: tuple[ToolLine, ...] | None
    tools_note: str | None
    account_email: str
    account_name: str | None
    sign_out_action: str
    expires_words: str
    uses_server: bool = True
    client_logo: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A page that stops here: what happened, and what to do next. `link` is (words, address) of a way on.

    `explained` is where the operator has more about it.
    """

    title: str
    what: str
    next_step: str
    detail: tuple[tuple[str, str], ...]
    request_id: str
    support_url: str | None
    status: int
    link: tuple[str, str] | None = None
    explained: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """One connection of an application: one grant. Times in epoch seconds; `until` is None where only ending ends it.

    `redirect_host` is None where it is on a device without a browser. `network` is where it was approved from, and
    `browser` the name in words of the one in which. `key_label` is that of the API key which an application holds
    instead of tokens.
    """

    grant_id: str
    deployment_name: str
    scope_words: str
    since: int
    until: int | None
    last_used_words: str
    network: str | None = None
    browser: str | None = None
    redirect_host: str | None = None
    acts_for_itself: bool = False
    key_label: str | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """One connected application, as it calls itself, with each of its connections."""

    name: str
    connections: tuple[ConnectionLine, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """What is connected to an account, and how to end it. `mcp_urls` are (name, MCP URL)."""

    disconnect_action: str
    applications: tuple[Application, ...]
    mcp_urls: tuple[tuple[str, str], ...]
    note: str | None = None
    new_deployment_url: str | None = None  # for those who may put an MCP server behind the gateway themselves


@dataclass(frozen=True, slots=True)
class Home:
    """The front page, for anybody: what this place is. Nothing here is particular to an account."""

    host: str
    sign_in_url: str
    account_url: str


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """Where a person enters the code that their device shows."""

    action: str
    csrf: str
    user_code: str
    error: str | None
    account_email: str
    sign_out_action: str


View = (
    SignIn
    | Consent
    | Notice
    | Account
    | Home
    | DeviceCode
    | FormPage
    | SecurityView
    | DeploymentView
    | ConnectView
    | ApiReference
    | LogView
    | People
    | UseView
)
