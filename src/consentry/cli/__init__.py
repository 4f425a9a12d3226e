"""The command line: parses, calls the rooms, prints. It owns no rule."""

import sys
from typing import Annotated

import typer

from consentry import __version__
from consentry.cli import (
    account,
    api_key,
    cimd,
    client,
    credentials,
    demo,
    deployment,
    grant,
    guests,
    key,
    log,
    pausing,
    personal_token,
    registration_token,
    serve,
    upkeep,
)
from consentry.cli.opening import group
from consentry.cli.output import say, warn

app = group("An OAuth 2.1 authorization server and MCP gateway in one program. Begin with `consentry demo`.")


def _version(asked: bool) -> None:
    if asked:
        say(f"consentry {__version__}")
        raise typer.Exit


@app.callback()
def consentry(
    *, version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")] = False
) -> None:
    """An OAuth 2.1 authorization server and MCP gateway in one program. Begin with `consentry demo`."""


app.command("demo")(demo.run)
app.command("serve")(serve.run)
app.command("init")(upkeep.init)
app.command("sweep")(upkeep.sweep)
app.command("log")(log.run)
client.app.command("rotate-secret")(credentials.rotate_secret)
client.app.command("end-secret")(credentials.end_secret)
deployment.app.command("credentials")(credentials.deployment_credentials)
deployment.app.command("invite")(guests.invite)
deployment.app.command("uninvite")(guests.uninvite)
deployment.app.command("pause")(pausing.pause)
deployment.app.command("resume")(pausing.resume)
account.app.add_typer(personal_token.app, name="token")
app.add_typer(account.app, name="account")
app.add_typer(deployment.app, name="deployment")
app.add_typer(client.app, name="client")
app.add_typer(cimd.app, name="cimd")
app.add_typer(registration_token.app, name="registration-token")
app.add_typer(grant.app, name="grant")
app.add_typer(api_key.app, name="api-key")
app.add_typer(key.app, name="key")


def main() -> None:
    """The program `consentry`."""
    if any("\udc80" <= letter <= "\udcff" for word in sys.argv for letter in word):
        warn("The command line is not UTF-8: write it in that encoding.")
        sys.exit(2)
    app(prog_name="consentry")
