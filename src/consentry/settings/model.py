"""Every setting: type, default, reason."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, field_validator, model_validator

from consentry.settings import urls
from consentry.settings.limits import LimitSettings
from consentry.spec import mail_server, uris

DEFAULT_PORT = 8000
DEFAULT_DATA_DIR = Path("~/.local/share/consentry")

# Every browser knows these itself, and some of them run what follows.
_PUBLIC_SCHEMES = frozenset({"http", "https", "file", "data", "javascript", "vbscript", "blob", "about"})

# A host, or all below it; how loopback is written in a redirect URI.
_HOST = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*|::1")

_HELP_SCHEMES = frozenset({"https", "http", "mailto"})

Seconds = Annotated[int, Field(ge=1)]


class Settings(LimitSettings):
    """What the operator decides. Durations are in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    public_url: str = Field(
        default=f"http://127.0.0.1:{DEFAULT_PORT}",
        description="The issuer: where browsers and clients find this server. https, but for loopback; a path is fine.",
    )
    mcp_url: str = Field(
        default="{public_url}/mcp/{slug}",
        description="The public MCP URL of a deployment: {slug} is a word of its path, on the host of public_url or on "
        "another, or its first host label (https://{slug}.mcp.example.com/mcp).",
    )
    resource_metadata: Literal["inserted", "appended"] = Field(
        default="inserted",
        description="Where a 401 says that an MCP URL's metadata is: inserted before its path (RFC 9728), or appended "
        "to it, for a proxy that passes on nothing but that path. It is served at both.",
    )
    service_documentation: str | None = Field(
        default=None, description="Where a developer reads about this server: an https address for its metadata."
    )
    op_policy_uri: str | None = Field(
        default=None, description="How this server may be used: an https address for its metadata."
    )
    data_dir: Path = Field(
        default=DEFAULT_DATA_DIR, description="Holds the SQLite database and, where it was not given, the secret key."
    )
    database_url: str | None = Field(
        default=None,
        description="sqlite:///PATH (four slashes where PATH begins at the root: sqlite:////var/…) or "
        "postgresql://USER:PASSWORD@HOST/NAME. Default: consentry.db in data_dir.",
        pattern=r"^(sqlite:///.+|postgresql://.+)",
        repr=False,
    )
    postgres_connections: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=10, description="Most connections to PostgreSQL, for each worker."
    )
    redis_url: str | None = Field(
        default=None,
        description="redis://HOST/NUMBER, rediss://… for TLS, or unix:///PATH. Counts the rate limits, and keeps "
        "codes, pushed requests and devices until their first use. Default: the database does.",
        repr=False,
    )
    sqlite_synchronous: Literal["FULL", "NORMAL"] = Field(
        default="FULL",
        description="FULL: what was answered survives a power cut. NORMAL commits some ten times faster, and a power "
        "cut may lose the last moments (never the database).",
    )
    auto_migrate: bool = Field(default=True, description="Whether serve brings the database up to date by itself.")
    secret_key: tuple[str, ...] = Field(
        default=(),
        description="At least 32 characters; the first seals, all open. Default: made and kept in data_dir.",
        repr=False,
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=(), description="Addresses or networks whose X-Forwarded-For is believed."
    )
    forward_auth: bool = Field(
        default=True,
        description="Whether a proxy of your own may ask /forward-auth/{slug} if a request may pass.",
    )
    private_redirect_schemes: tuple[str, ...] = Field(
        default=("cursor", "vscode", "vscode-insiders"),
        description="Private-use URI schemes that clients may redirect to.",
    )
    metadata_documents: bool = Field(
        default=True,
        description="Whether a client may be known by the URL of a metadata document (CIMD). Where this server cannot "
        "reach the internet, set it to false: clients then register themselves.",
    )
    registration: Literal["open", "allowlist", "approval", "initial_access_token"] = Field(
        default="open",
        description="Who may register an application: everybody; those that lead to `trusted_redirect_domains` "
        "(allowlist); everybody, but an operator must approve each (approval); those who bring an "
        "initial_access_token.",
    )
    trusted_redirect_domains: tuple[str, ...] = Field(
        default=(),
        description="Hosts that registered redirect URIs may lead to, with `registration = allowlist`: `claude.ai`, "
        "`*.example.com` for all below it, `localhost` and `127.0.0.1` for applications on people's own machines.",
    )
    unused_client_ttl: Annotated[int, Field(ge=0)] = Field(
        default=2_592_000,
        description="After so long without any grant, a client that registered itself is removed (30 days); 0 for "
        "never, else at least 3600.",
    )
    kept_redirect_hosts: tuple[str, ...] = Field(
        default=("chatgpt.com",),
        description="Clients that lead to these hosts alone are never removed for lying unused: they register once and "
        "cannot do so again.",
    )
    deployment_owners: Literal["operators", "any"] = Field(
        default="operators",
        description="Who may make deployments in the dashboard, and change where theirs lead. With any, this server "
        "calls what everybody with an account names (at public addresses alone: see allow_private_upstreams).",
    )
    allow_private_upstreams: bool = Field(
        default=False,
        description="Whether owners who are no operators may name MCP servers at addresses that are not public. What "
        "the operator names by command line may be anywhere all the same, unless it is held to --public-upstream.",
    )
    metrics_token: str | None = Field(
        default=None,
        description="Opens /metrics, as `Authorization: Bearer …`; 16 characters at least. Without one, /metrics is "
        "there on loopback http alone, for direct requests from this machine.",
        min_length=16,
        repr=False,
    )
    support_url: str | None = Field(
        default=None, description="Where error pages send people for help: an https, http or mailto address."
    )
    troubleshooting_url: str | None = Field(
        default=None,
        description="Where docs/troubleshooting.md is published for your people, an https address: error pages link to "
        "their entry there, and errors of the protocol name it (error_uri).",
    )
    signup: Literal["invite", "open", "closed"] = Field(
        default="invite",
        description="Who may make an account: whoever was invited (`consentry account invite`), everybody (open; their "
        "address is proven by mail), or nobody but by `consentry account create` (closed).",
    )
    require_verified_email: bool = Field(
        default=True,
        description="Whether signing in takes a verified address. Without, those of `account create` sign in at once, "
        "and may use what they own; what is open to others still asks for it.",
    )
    second_factor: Literal["optional", "required"] = Field(
        default="optional",
        description="Whether signing in takes a code of an authenticator from everybody (required: whoever has none "
        "sets one up at the next sign-in), or from those who set one up (optional).",
    )
    smtp_url: str | None = Field(
        default=None,
        description="The mail server: smtp://USER:PASSWORD@HOST:587 (with STARTTLS) or smtps://USER:PASSWORD@HOST:465; "
        "`?tls=never` for a relay that has none. Default: no mail is sent, and sign-up and reset by mail are off.",
        repr=False,
    )
    mail_from: str | None = Field(
        default=None, description="The sender of mail. Default: consentry at the host of public_url."
    )
    access_token_ttl: Seconds = Field(default=3600, description="Life of an access token.")
    refresh_token_ttl: Seconds = Field(
        default=7_776_000, description="Life of a grant and of its refresh tokens, from the approval (90 days)."
    )
    refresh_token_idle_ttl: Seconds = Field(
        default=7_776_000, description="For how long a refresh token may lie unused; it never outlives its grant."
    )
    code_ttl: Annotated[int, Field(ge=1, le=600)] = Field(
        default=600, description="Life of an authorization code; OAuth 2.1 allows 10 minutes at most."
    )
    pushed_request_ttl: Annotated[int, Field(ge=5, le=600)] = Field(
        default=90, description="For how long a pushed authorization request waits for a browser to bring it."
    )
    require_pushed_authorization_requests: bool = Field(
        default=False,
        description="Whether /authorize takes pushed requests alone (RFC 9126). Most MCP clients push none.",
    )
    device_authorization: bool = Field(
        default=True, description="Whether devices without a browser may ask for access by a code (RFC 8628)."
    )
    device_code_ttl: Annotated[int, Field(ge=60, le=1800)] = Field(
        default=600, description="For how long a device waits for a person to enter its code."
    )
    refresh_grace: Annotated[int, Field(ge=0, le=300)] = Field(
        default=60, description="For how long after its successor was first used an old refresh token still works."
    )
    confidential_refresh: Literal["rotate", "reuse"] = Field(
        default="rotate",
        description="How clients with a secret or keys refresh: rotate makes a new refresh token each time, reuse lets "
        "one stay. For a single client, `consentry client update` says so.",
    )
    revocation_cascade: bool = Field(
        default=True,
        description="Whether a refresh token that is given back takes its grant's access tokens with it; else they run "
        "out.",
    )
    client_credentials: bool = Field(
        default=True,
        description="Whether clients that an operator made for it may act for themselves (client credentials).",
    )
    token_json_body: bool = Field(
        default=False,
        description="Whether /token takes a JSON body, too: an object of texts, for those who come from it.",
    )
    signing_algorithm: Literal["ES256", "EdDSA"] = Field(
        default="ES256", description="What JWT access tokens and ID tokens are signed with; every verifier knows ES256."
    )
    signing_key_max_age: Annotated[int, Field(ge=86_400)] = Field(
        default=7_776_000, description="After how long a signing key is followed by the next (90 days), with overlap."
    )
    log_retention: Annotated[int, Field(ge=3600)] = Field(
        default=2_592_000, description="For how long the log of calls is kept (30 days)."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The log's threshold.")

    @field_validator(
        "secret_key",
        "trusted_proxies",
        "private_redirect_schemes",
        "trusted_redirect_domains",
        "kept_redirect_hosts",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        """A list in TOML, words with commas between them in a variable."""
        return tuple(word for word in re.split(r"[,\s]+", value) if word) if isinstance(value, str) else value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(key) < 32 for key in value):
            raise ValueError("each key needs at least 32 characters; `openssl rand -hex 32` makes one")
        return value

    @field_validator("private_redirect_schemes")
    @classmethod
    def _private(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for scheme in value:
            if not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme) or scheme in _PUBLIC_SCHEMES:
                raise ValueError(f"{scheme} is no private-use scheme (RFC 8252 §7.1); write it in small letters")
        return value

    @field_validator("trusted_redirect_domains", "kept_redirect_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if not _HOST.fullmatch(one):
                raise ValueError(f"{one} is no host name; write claude.ai, or *.example.com, in small letters")
        return value

    @field_validator("unused_client_ttl")
    @classmethod
    def _not_at_once(cls, value: int) -> int:
        if 0 < value < 3600:
            raise ValueError("at least 3600, so that nobody is removed who is just signing in; or 0 for never")
        return value

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.registration == "allowlist" and not self.trusted_redirect_domains:
            raise ValueError("trusted_redirect_domains: with registration = allowlist, name the domains that may")
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            try:
                ip_network(one)
            except ValueError:
                raise ValueError(f"{one} is no address or network; write 10.0.0.7, or 10.0.0.0/8") from None
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"(rediss?://[^/]|unix:///)\S*", value):
            raise ValueError("write it as redis://HOST/NUMBER, rediss://USER:PASSWORD@HOST/NUMBER or unix:///PATH")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str | None) -> str | None:
        if value is not None and (sentence := mail_server.fault(value)):
            raise ValueError(sentence)
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}", value):
            raise ValueError("write one address, as in consentry@example.com")
        return value

    @field_validator("support_url")
    @classmethod
    def _help(cls, value: str | None) -> str | None:
        parts = uris.split(value) if value is not None else None
        if value is not None and (parts is None or parts.scheme not in _HELP_SCHEMES or not parts.netloc + parts.path):
            raise ValueError("write it as https://host/path or mailto:name@host")
        return value

    @field_validator("service_documentation", "op_policy_uri", "troubleshooting_url")
    @classmethod
    def _link(cls, value: str | None) -> str | None:
        parts = uris.split(value) if value is not None else None
        if value is not None and (parts is None or parts.scheme != "https" or not parts.hostname):
            raise ValueError("write it as https://host/path")
        return value

    @field_validator("troubleshooting_url")
    @classmethod
    def _whole_page(cls, value: str | None) -> str | None:
        if value is not None and "#" in value:
            raise ValueError("leave out what comes after #: each error adds its own entry there")
        return value

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str) -> str:
        url = value.rstrip("/")
        if fault := urls.spelling_fault(url):
            raise ValueError(fault)
        return url

    @model_validator(mode="after")
    def _mcp(self) -> Self:
        if fault := urls.mcp_url_fault(self.mcp_template, self.public_url):
            raise ValueError(f"mcp_url: {fault}")
        return self

    @model_validator(mode="after")
    def _shared_key(self) -> Self:
        if not self.sqlite and not self.secret_key:
            raise ValueError(
                "secret_key: PostgreSQL is shared by replicas, and so must the key be: `openssl rand -hex 32` makes "
                "one for CONSENTRY_SECRET_KEY"
            )
        return self

    @property
    def sqlite(self) -> bool:
        """Whether the database is a file of ours."""
        return self.database_url is None or self.database_url.startswith("sqlite:")

    @property
    def sender(self) -> str:
        """Of mail."""
        return self.mail_from or f"consentry@{urlsplit(self.public_url).hostname}"

    @property
    def mcp_template(self) -> str:
        return self.mcp_url.replace("{public_url}", self.public_url)

    @property
    def folder(self) -> Path:
        return self.data_dir.expanduser()

    @property
    def database_path(self) -> Path:
        """Of SQLite."""
        if self.database_url is None:
            return self.folder / "consentry.db"
        return Path(self.database_url.removeprefix("sqlite:///")).expanduser()
