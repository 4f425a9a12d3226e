"""consentry deployment create, update: what both may say of a deployment."""

from dataclasses import dataclass
from typing import Annotated

import typer

from consentry.cli import auth_options, durations, upstream_options
from consentry.cli.auth_options import Auth, JwtAudience, JwtIssuer, JwtJwksUrl, JwtSecret, Sunset
from consentry.cli.upstream_options import UpstreamHeaders, WhetherIdentity, WhetherPublic
from consentry.deployments import scope_map
from consentry.deployments.admission import AccessPolicy
from consentry.deployments.asking import Said
from consentry.formats import TokenFormat

Upstream = Annotated[str | None, typer.Option(metavar="URL", help="The MCP server's own URL.")]
Owner = Annotated[str | None, typer.Option(metavar="EMAIL", help="Whose it is.")]
Name = Annotated[str | None, typer.Option(metavar="NAME", help="What people read. In a new one: the slug.")]
Access = Annotated[
    AccessPolicy | None,
    typer.Option(
        help="Who may let applications in: its owner alone, as in a new one; invited people (deployment invite); "
        "verified addresses of one domain (--domain); or any verified account."
    ),
]
Domain = Annotated[
    str | None, typer.Option(metavar="DOMAIN", help="With --access domain: whose addresses, as in example.com.")
]
Kind = Annotated[
    TokenFormat | None,
    typer.Option(
        "--token-format",
        help="What access tokens are: opaque text, as in a new one; JWTs (RFC 9068) for servers that verify by "
        "themselves; or API keys. A server that verifies a JWT by itself sees that it was ended only when it expires.",
    ),
]
KeyPrefix = Annotated[
    str | None, typer.Option(metavar="PREFIX", help="What API keys begin with, as in rmt_. In a new one: cy_ak_.")
]
KeyExpiresIn = Annotated[
    str | None,
    typer.Option(
        metavar="DURATION",
        help="Life of an application's API key, as in 30d, or never: then there is no refresh token either. In a new "
        "one: that of any access token.",
    ),
]
Scopes = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        metavar="NAME=TOOLS",
        help="A scope and the tools that it opens: names and patterns with commas between, as in read=@read,search_*; "
        "@read, @write and @destructive go by what a tool says of itself, and one that says nothing is destructive. "
        "Once for each scope, the smallest first: it is what an application gets that asks for none. In a new one: "
        "mcp=*.",
    ),
]
HideTools = Annotated[
    bool | None,
    typer.Option("--hide-tools/--show-tools", help="Leave out of its lists of tools what an application may not call."),
]


@dataclass(frozen=True, slots=True)
class Options:
    """None leaves a thing as it is, or as it is in a new one."""

    upstream: Upstream = None
    owner: Owner = None
    name: Name = None
    access: Access = None
    domain: Domain = None
    token_format: Kind = None
    key_prefix: KeyPrefix = None
    key_expires_in: KeyExpiresIn = None
    scope: Scopes = None
    hide_tools: HideTools = None
    auth: Auth = None
    jwt_issuer: JwtIssuer = None
    jwt_audience: JwtAudience = None
    jwt_jwks_url: JwtJwksUrl = None
    jwt_secret: JwtSecret = False
    sunset: Sunset = None
    upstream_header: UpstreamHeaders = None
    identity: WhetherIdentity = None
    public_upstream: WhetherPublic = None

    @property
    def anything(self) -> bool:
        return self != Options()

    @property
    def proves(self) -> bool:
        """Whether anything is said of how callers prove who they are."""
        said = (self.auth, self.jwt_issuer, self.jwt_audience, self.jwt_jwks_url, self.sunset)
        return self.jwt_secret or any(one is not None for one in said)

    def said(self) -> Said:
        """The same as any door has it; reads the shared secret where one is announced."""
        lives = self.key_expires_in
        return Said(
            name=self.name,
            upstream_url=self.upstream,
            access=self.access,
            domain=self.domain,
            token_format=self.token_format,
            key_prefix=self.key_prefix,
            key_ttl=durations.seconds(lives, never=True) if lives is not None else None,
            scope_map=scope_map.parse(self.scope) if self.scope else None,
            hide_tools=self.hide_tools,
            headers=upstream_options.parse(self.upstream_header),
            identity=self.identity,
            auth=auth_options.wanted(
                self.auth, self.jwt_issuer, self.jwt_audience, self.jwt_jwks_url, self.sunset, secret=self.jwt_secret
            ),
        )
