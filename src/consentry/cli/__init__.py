"""The command line: parses, calls the rooms, prints. It owns no rule."""

import sys
from typing import Annotated

import typer

from consentry import __version__
from consentry.cli.later import Later, group

ABOUT = "An OAuth 2.1 authorization server and MCP gateway in one program. Begin with `consentry demo`."

app = group(
    ABOUT,
    Later("demo", "demo:run", "Try it out."),
    Later("serve", "serve:run", "Run the server."),
    Later("init", "upkeep:init", "Create the database, or bring it up to date."),
    Later("sweep", "upkeep:sweep", "Remove what has expired, in batches."),
    Later("log", "log:run", "Calls and OAuth events, oldest first."),
    Later("account", "account:app", "Accounts: the people who sign in and approve."),
    Later("deployment", "deployment:app", "Deployments: the MCP servers behind the gateway."),
    Later("client", "client:app", "Clients: the applications that ask."),
    Later("cimd", "cimd:app", "Client metadata documents: applications that are known by the URL of a document."),
    Later("registration-token", "registration_token:app", "Initial access tokens: the right to register."),
    Later("grant", "grant:app", "Grants: what was approved, for whom."),
    Later("api-key", "api_key:app", "API keys: a person's own, and those that applications got."),
    Later("key", "key:app", "Signing keys: JWT access tokens are signed with them."),
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"consentry {__version__}")
        raise typer.Exit


@app.callback()
def consentry(
    *, version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")] = False
) -> None:
    """An OAuth 2.1 authorization server and MCP gateway in one program. Begin with `consentry demo`."""


def main() -> None:
    """The program `consentry`."""
    if any("\udc80" <= letter <= "\udcff" for word in sys.argv for letter in word):
        typer.echo("The command line is not UTF-8: write it in that encoding.", err=True)
        sys.exit(2)
    app(prog_name="consentry")
