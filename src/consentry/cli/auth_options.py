"""consentry deployment create, update: how callers prove who they are."""

import sys
from typing import Annotated

import typer

from consentry.cli.output import Failure, warn, when
from consentry.deployments import trusting
from consentry.deployments.asking import Unfit
from consentry.deployments.authentication import SHORTEST_SECRET, Authentication, AuthMode

Auth = Annotated[
    str | None,
    typer.Option(
        "--auth",
        metavar="oauth|jwt|none|oauth,jwt",
        help="How callers prove who they are: our access tokens; JWTs of an issuer that you trust; not at all, so that "
        "it is public; or the first two, while one takes the place of the other. In a new one: oauth.",
    ),
]
JwtIssuer = Annotated[
    str | None, typer.Option(metavar="ISS", help="With jwt: the iss of its tokens, letter for letter.")
]
JwtAudience = Annotated[
    str | None, typer.Option(metavar="AUD", help="With jwt: their aud. Default: the deployment's own MCP URL.")
]
JwtJwksUrl = Annotated[
    str | None, typer.Option("--jwt-jwks-url", metavar="URL", help="With jwt: where the issuer's keys are (a JWK Set).")
]
JwtSecret = Annotated[
    bool,
    typer.Option("--jwt-secret-stdin", help="With jwt: read the secret shared with the issuer (HS256) from stdin."),
]
Sunset = Annotated[
    str | None,
    typer.Option(
        metavar="DATE", help="With oauth,jwt: the day (UTC) from which JWTs are refused, as in 2027-03-31; or never."
    ),
]


def read_secret(wanted: bool) -> str | None:
    """From standard input, where that was asked for."""
    if not wanted:
        return None
    secret = sys.stdin.readline().rstrip("\r\n")
    if not SHORTEST_SECRET <= len(secret.encode()) <= trusting.LONGEST_SECRET:
        raise Failure(f"The shared secret is one line of standard input, of {SHORTEST_SECRET} characters at least.")
    return secret


def wanted(
    modes: str | None,
    issuer: str | None,
    audience: str | None,
    jwks_url: str | None,
    sunset: str | None,
    *,
    secret: bool,
) -> trusting.Wanted:
    """What is to be different; with `secret`, one is read."""
    return trusting.Wanted(
        modes=None if modes is None else _modes(modes),
        issuer=issuer,
        audience=audience,
        jwks_uri=jwks_url,
        secret=read_secret(secret),
        sunset_at=None if sunset is None else trusting.NEVER if sunset == "never" else _day(sunset),
    )


def unfit(fault: Unfit) -> Failure:
    """In the words of the command line."""
    known = {trusting.NO_ISSUER: "Say whose JWTs are taken: --jwt-issuer, the iss of its tokens."}
    return Failure(known.get(fault.sentence, fault.sentence))


def words(auth: Authentication) -> str:
    """For a person to read."""
    if auth.issuer is None:
        return "none: public, no token is asked for" if auth.public else "oauth"
    way = f"keys at {auth.issuer.jwks_uri}" if auth.issuer.jwks_uri else "a shared secret"
    audience = f" for {auth.issuer.audience}" if auth.issuer.audience else ""
    tokens = f"JWTs of {auth.issuer.name}{audience}, by {way}"
    if not auth.oauth:
        return tokens
    return f"oauth, and {tokens}" + (f", until {when(auth.sunset_at)}" if auth.sunset_at is not None else "")


def warn_of(auth: Authentication, now: float) -> None:
    """What the operator may not have thought of; `now` is in epoch seconds."""
    if auth.public:
        warn("Warning: whoever finds its MCP URL may call it, with the upstream headers that it has.")
    if auth.sunset_at is not None and auth.sunset_at <= now:
        warn(
            f"Warning: {when(auth.sunset_at)} is past, so that JWTs are refused already."
            " A later --sunset, or --sunset never, takes them again; --auth oauth forgets their issuer."
        )


def as_json(auth: Authentication) -> dict[str, object]:
    """The secret is only said to be there."""
    issuer = auth.issuer
    return {
        "auth": ",".join(auth.modes),
        "jwt_issuer": issuer.name if issuer else None,
        "jwt_audience": issuer.audience if issuer else None,
        "jwt_jwks_url": issuer.jwks_uri if issuer else None,
        "jwt_secret": issuer is not None and issuer.sealed_secret is not None,
        "deprecated_at": auth.deprecated_at,
        "sunset_at": auth.sunset_at,
    }


def _modes(text: str) -> tuple[AuthMode, ...]:
    modes = trusting.modes(text)
    if modes is None:
        raise typer.BadParameter(f"{text!r} is not oauth, jwt, none or oauth,jwt", param_hint="--auth")
    return modes


def _day(text: str) -> int:
    day = trusting.day(text)
    if day is None:
        raise typer.BadParameter(f"{text} is no day: write it as 2027-03-31, or never", param_hint="--sunset")
    return day
