"""consentry client rotate-secret, consentry deployment credentials: secrets that are shown once."""

from typing import Annotated

import typer

from consentry.cli import durations, opening
from consentry.cli.finding import ClientId, Slug, client_of, deployment_of
from consentry.cli.opening import Config, Json
from consentry.cli.output import Failure, say, show_facts, show_json
from consentry.clients import secret as secrets
from consentry.clients.register import Registered
from consentry.installation import Installation
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction

Overlap = Annotated[
    str,
    typer.Option(metavar="DURATION", help="For how long the secret before works as well: 30m, 12h, 7d; 0 for not."),
]


def rotate_secret(
    client_id: ClientId,
    *,
    overlap: Overlap = "24h",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Give a client a new secret. The one before works for a while, so that nothing stands still."""
    seconds = durations.seconds(overlap, none=True)

    async def work(tx: Transaction, here: Installation) -> Registered:
        client = await client_of(tx, client_id)
        secret = await secrets.rotate(tx, client, seconds, here.entropy, here.clock())
        if isinstance(secret, Refusal):
            raise Failure(secret.description)
        return Registered(client, secret)

    _show(opening.write(config, work), overlap, as_json, rotated=True)


def end_secret(
    client_id: ClientId,
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """End the older of a client's two secrets. The newest goes on working."""

    async def work(tx: Transaction, here: Installation) -> bool:
        return await secrets.end_previous(tx, await client_of(tx, client_id), here.clock())

    ended = opening.write(config, work)
    if as_json:
        show_json({"client_id": client_id, "ended": ended})
    else:
        said = "is ended" if ended else "was over already, or there is none"
        say(f"The older secret of {client_id} {said}.")


def deployment_credentials(
    slug: Slug,
    *,
    overlap: Overlap = "24h",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Print credentials for introspection. With them a deployment's own server asks about its tokens.

    Run again, it prints a new secret; the one before works for a while.
    """
    seconds = durations.seconds(overlap, none=True)

    async def work(tx: Transaction, here: Installation) -> tuple[Registered, bool, str]:
        only = await deployment_of(tx, slug)
        before = {client.id for client in await tx.list_clients_of(only.id)}
        name = f"Resource server of {slug}"
        made = await secrets.of_resource_server(tx, only.id, name, seconds, here.entropy, here.clock())
        if isinstance(made, Refusal):
            raise Failure(made.description)
        return made, made.client.id in before, here.addresses.endpoint("introspect")

    made, rotated, url = opening.write(config, work)
    _show(made, overlap, as_json, rotated=rotated, more={"introspection_url": url})


def _show(made: Registered, overlap: str, as_json: bool, *, rotated: bool, more: dict[str, str] | None = None) -> None:
    secret = made.secret.reveal() if made.secret else ""
    facts = {"client_id": made.client.id, "client_secret": secret} | (more or {})
    if as_json:
        show_json(facts)
        return
    words = {"client_id": "Client ID", "client_secret": "Client secret", "introspection_url": "Introspection URL"}
    show_facts([(words[name], value) for name, value in facts.items()])
    say("The secret is shown this once and kept nowhere: copy it now.")
    if rotated:
        say(
            f"The one before works for {overlap} more."
            if durations.seconds(overlap, none=True)
            else "The one before is void."
        )
