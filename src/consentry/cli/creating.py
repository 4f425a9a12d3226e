"""consentry client create: what goes together, and what comes of it."""

import json
from collections.abc import Mapping
from pathlib import Path

import typer

from consentry.cli.output import Failure, warn
from consentry.clients.model import OPERATOR_GRANT_TYPES, Json
from consentry.clients.preregister import Wanted
from consentry.clients.register import Registered
from consentry.deployments.model import Deployment
from consentry.grants import preregistration
from consentry.installation import Installation
from consentry.parts import registration_policy
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction

PUBLIC_REUSE = (
    "Warning: a public client proves nothing: whoever copies a refresh token that stays can use it until it is ended "
    "(OAuth 2.1 wants it to rotate)."
)


def keys(jwks: Path | None, jwks_uri: str | None) -> Mapping[str, Json]:
    """The members of a client's metadata that say how it signs."""
    found: dict[str, Json] = {"jwks_uri": jwks_uri} if jwks_uri is not None else {}
    if jwks is None:
        return found
    try:
        return found | {"jwks": json.loads(jwks.read_text())}
    except OSError as error:
        raise Failure(f"{jwks}: {error.strerror}. Name a file that can be read.") from error
    except (ValueError, RecursionError) as error:
        raise Failure(f"{jwks} is no JSON: it must hold a JWK Set.") from error


def check(wanted: Wanted, deployment: str | None) -> None:
    """Wrong usage is told before anything is opened."""
    match preregistration.misfit(wanted, for_one_deployment=deployment is not None):
        case None:
            return
        case "unknown grant":
            unknown = next(name for name in wanted.grant_types if name not in OPERATOR_GRANT_TYPES)
            sentence = f"{unknown!r} is not one of {', '.join(OPERATOR_GRANT_TYPES)}"
            raise typer.BadParameter(sentence, param_hint="--grant")
        case misfit:
            raise typer.BadParameter(_MISUSED[misfit])


_MISUSED: dict[preregistration.Misfit, str] = {
    "no redirect": "say where the application takes people back to: --preset or --redirect-uri; if nowhere: --grant",
    "idle redirect": "a client that takes people nowhere has no --redirect-uri: add --grant authorization_code",
    "nothing to refresh": "there is nothing to refresh: add --grant authorization_code",
    "unproven": (
        "a client that acts for itself has to prove who it is, and is for one deployment: add --confidential (or "
        "--jwks, --jwks-uri) and --deployment"
    ),
    "two proofs": "it signs or it has a secret: --confidential does not go with --jwks or --jwks-uri",
}


async def create(tx: Transaction, here: Installation, wanted: Wanted, only: Deployment | None) -> Registered:
    """Makes and keeps the client, and lets it in where it acts for itself."""
    made = await preregistration.register(
        tx, wanted, only, registration_policy(here), here.addresses, here.entropy, here.clock()
    )
    if isinstance(made, Refusal):
        raise Failure(made.description)
    if wanted.refresh == "reuse" and made.client.public:
        warn(PUBLIC_REUSE)
    return made
