"""Finding what a command names, or saying how to find it."""

from typing import Annotated

import typer

from consentry.accounts.model import Account, email_key
from consentry.cli.output import Failure, when
from consentry.clients.initial_access import InitialAccessToken
from consentry.clients.model import Client
from consentry.deployments.model import Deployment
from consentry.grants.model import Grant
from consentry.store.sql import Transaction

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="Its name in its MCP URL.", show_default=False)]
OfAccount = Annotated[str | None, typer.Option("--account", metavar="EMAIL", help="Those of one account.")]
ClientId = Annotated[str, typer.Argument(metavar="CLIENT_ID", help="Its ID in `client list`.", show_default=False)]


async def account_of(tx: Transaction, email: str) -> Account:
    """The account with that address."""
    found = await tx.find_account_by_email(email_key(email))
    if found is None:
        raise Failure(f"There is no account {email}: `consentry account list` shows those there are.")
    return found


async def deployment_of(tx: Transaction, slug: str) -> Deployment:
    """The deployment with that slug."""
    found = await tx.find_deployment_by_slug(slug)
    if found is None:
        raise Failure(f"There is no deployment {slug}: `consentry deployment list` shows those there are.")
    return found


async def client_of(tx: Transaction, client_id: str) -> Client:
    """The client with that id."""
    found = await tx.find_client(client_id)
    gone = await tx.find_tombstone(client_id) if found is None else None
    if gone is not None:
        raise Failure(f"There is no client {client_id} any more, since {when(gone.gone_at)} ({gone.gone_because}).")
    if found is None:
        raise Failure(f"There is no client {client_id}: `consentry client list` shows those there are.")
    return found


async def grant_of(tx: Transaction, grant_id: str) -> Grant:
    """The grant with that id."""
    found = await tx.find_grant(grant_id)
    if found is None:
        raise Failure(f"There is no grant {grant_id}: `consentry grant list` shows those there are.")
    return found


async def registration_token_of(tx: Transaction, token_id: str) -> InitialAccessToken:
    """The initial access token with that id."""
    for found in await tx.list_initial_access_tokens():
        if found.id == token_id:
            return found
    raise Failure(
        f"There is no registration token {token_id}: `consentry registration-token list` shows those there are."
    )
