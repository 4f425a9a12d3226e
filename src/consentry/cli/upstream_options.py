"""consentry deployment create, update: what the gateway adds on the way to the upstream."""

from typing import Annotated

import typer

from consentry.cli.output import Failure
from consentry.deployments import upstream_headers
from consentry.deployments.model import Deployment
from consentry.deployments.upstream_headers import Fields
from consentry.installation import Installation

UpstreamHeaders = Annotated[
    list[str] | None,
    typer.Option(
        "--upstream-header",
        metavar="'NAME: VALUE'",
        help="A header for every request to the upstream, kept encrypted and never shown again; once for each. In an "
        "update it takes the place of its namesake, and 'NAME:' takes that away. An upstream on another host starts "
        "without.",
    ),
]
WhetherIdentity = Annotated[
    bool | None,
    typer.Option(
        "--identity/--no-identity",
        help="Tell the upstream who calls: a token signed for it alone, in X-Consentry-Identity, with the person's "
        "address, the application and its scopes.",
    ),
]
WhetherPublic = Annotated[
    bool | None,
    typer.Option(
        "--public-upstream/--any-upstream",
        help="Hold the upstream to public addresses, as where its owner named it: for URLs that you were given by "
        "others (allow_private_upstreams switches it off).",
    ),
]


def parse(lines: list[str] | None) -> Fields | None:
    """None where nothing was given."""
    if lines is None:
        return None
    given = upstream_headers.parse(lines)
    if isinstance(given, str):
        raise Failure(given)
    return given


def names(here: Installation, deployment: Deployment) -> tuple[str, ...] | None:
    """What the headers are called; None where they cannot be opened."""
    fields = upstream_headers.unseal(deployment.sealed_headers, deployment.upstream_url or "", here.sealer)
    return None if fields is None else tuple(name for name, _ in fields)
