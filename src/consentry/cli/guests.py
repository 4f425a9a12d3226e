"""consentry deployment invite, uninvite: the people whom the access policy `invited` lets in."""

from typing import Annotated

import typer

from consentry.accounts.model import email_fault, email_key
from consentry.cli import opening
from consentry.cli.finding import Slug, deployment_of
from consentry.cli.opening import Config, Json
from consentry.cli.output import Failure, say, show_json, warn
from consentry.deployments.model import Deployment
from consentry.grants import narrowing
from consentry.installation import Installation
from consentry.store.sql import Transaction

Emails = Annotated[list[str], typer.Argument(metavar="EMAIL", help="The address of each of them.", show_default=False)]


def invite(slug: Slug, emails: Emails, *, config: Config = None, as_json: Json = False) -> None:
    """Invite people to a deployment. They come in with a verified account of that address, made before or after."""
    for email in emails:
        if fault := email_fault(email):
            raise Failure(f"{email}: {fault}")

    async def work(tx: Transaction, here: Installation) -> tuple[Deployment, list[str], list[str]]:
        found = await deployment_of(tx, slug)
        added = [
            email
            for email in emails
            if await narrowing.invite(tx, found, email_key(email), email.strip(), here.clock())
        ]
        return found, added, await tx.list_invited(found.id)

    found, added, invited = opening.write(config, work)
    if found.access != "invited":
        warn(
            f"Note: the access policy of {slug} is {found.access}, so invitations do not count yet: "
            f"`consentry deployment update {slug} --access invited`."
        )
    if as_json:
        show_json({"slug": slug, "added": added, "invited": invited})
    else:
        say(f"Invited to {slug}: {', '.join(invited)}.")


def uninvite(slug: Slug, emails: Emails, *, config: Config = None, as_json: Json = False) -> None:
    """Take invitations back. Their connected applications end at once."""

    async def work(tx: Transaction, here: Installation) -> tuple[int, list[str]]:
        found = await deployment_of(tx, slug)
        ended = 0
        for email in emails:
            out = await narrowing.uninvite(tx, found, email_key(email), here.clock())
            if out is None:
                raise Failure(f"{email} is not invited to {slug}: `consentry deployment show {slug}` lists who is.")
            ended += out
        return ended, await tx.list_invited(found.id)

    ended, invited = opening.write(config, work)
    if as_json:
        show_json({"slug": slug, "invited": invited, "grants_ended": ended})
    else:
        say(f"Invited to {slug}: {', '.join(invited) or 'nobody'}. Connected applications ended: {ended}.")
