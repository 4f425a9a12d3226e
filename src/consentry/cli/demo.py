"""consentry demo: an installation with an account and real MCP servers, for looking around."""

import contextlib
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from consentry import logs, probe
from consentry.app import Application
from consentry.cli import banner, furnishing, listening
from consentry.cli.furnishing import Shown
from consentry.cli.listening import Place
from consentry.cli.output import Failure, say
from consentry.cli.serve import check, following
from consentry.demo.upstreams import NotStartedError, start
from consentry.deployments import administer
from consentry.deployments.administer import Change
from consentry.installation import open_installation
from consentry.mail.terminal import Terminal
from consentry.settings import DEFAULT_PORT, PREFIX, Settings

GRACEFUL_SECONDS = 1
# A command such as `npx some-server` may have to fetch itself first.
COMMAND_ANSWERS_WITHIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What stands behind the gateway: your URL, your command, or else the servers that come along."""

    upstream: str | None
    command: str | None


def run(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Port to listen on; 0 takes any.")
    ] = DEFAULT_PORT,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep everything there. Default: keep nothing.")
    ] = None,
    upstream: Annotated[str | None, typer.Option(metavar="URL", help="Your own MCP server, running.")] = None,
    command: Annotated[str | None, typer.Option(metavar="CMD", help="Your own MCP server on stdio, started.")] = None,
    public_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The https address of a tunnel to this port.")
    ] = None,
) -> None:
    """Try it out. Starts it with an account and two MCP servers (or yours), and says what to paste where."""
    if upstream is not None and command is not None:
        raise typer.BadParameter("give --upstream or --command, not both")
    if upstream is not None and (fault := administer.change_fault(Change(upstream_url=upstream))):
        raise Failure(fault)
    ending = contextlib.suppress(KeyboardInterrupt)
    with ending, listening.bound("127.0.0.1", port) as place, _folder(data) as folder:
        settings = _settings(place, folder, public_url)
        logs.configure(settings.log_level, pretty=sys.stderr.isatty())
        listening.live(lambda: _live(settings, place, Wanted(upstream, command), data))


def _settings(place: Place, folder: Path, public_url: str | None) -> Settings:
    overrides: dict[str, object] = {"data_dir": folder, "database_url": f"sqlite:///{folder}/consentry.db"}
    if f"{PREFIX}LOG_LEVEL" not in os.environ:
        overrides["log_level"] = "warning"
    if f"{PREFIX}SIGNUP" not in os.environ:
        overrides["signup"] = "open"
    if f"{PREFIX}UNLIMITED_NETWORKS" not in os.environ:
        overrides["unlimited_networks"] = ("127.0.0.0/8", "::1")  # whoever tries things out begins anew a lot
    if public_url is not None:
        overrides["public_url"] = public_url
        if f"{PREFIX}TRUSTED_PROXIES" not in os.environ:
            overrides["trusted_proxies"] = ("127.0.0.1", "::1")  # the tunnel ends on this machine
    return following(None, place, **overrides)


def _print_mail(text: str) -> None:
    say(text)
    sys.stdout.flush()


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data.expanduser().absolute()
        return
    with tempfile.TemporaryDirectory(prefix="consentry-demo-") as made:
        yield Path(made)


async def _live(settings: Settings, place: Place, wanted: Wanted, data: Path | None) -> None:
    async with contextlib.AsyncExitStack() as stack:
        installation = open_installation(settings)
        stack.push_async_callback(installation.aclose)
        await installation.prepare()
        if wanted.upstream is not None and installation.addresses.is_mcp_url(wanted.upstream):
            raise Failure(f"--upstream {wanted.upstream} is this demonstration's own: name your MCP server's URL.")
        shown = await stack.enter_async_context(_upstreams(wanted))
        password = furnishing.passphrase()
        await furnishing.furnish(installation, shown, password)
        await furnishing.test(installation, shown)
        addresses = installation.addresses
        scene = banner.Scene(
            mcp_urls=[(one.slug, addresses.mcp_url(one.slug)) for one in shown],
            email=furnishing.EMAIL,
            password=password,
            dashboard_url=addresses.endpoint("dashboard"),
            account_url=addresses.endpoint("account"),
            port=place.listener.getsockname()[1],
            hosted=urlsplit(settings.public_url).scheme == "https",
            kept_in=str(data) if data is not None else None,
        )

        def announce() -> None:
            say(banner.render(scene))
            sys.stdout.flush()

        application = Application(installation, mail=None if settings.smtp_url else Terminal(_print_mail))
        await check(application)
        await listening.serve(application, place, announce, GRACEFUL_SECONDS)


@contextlib.asynccontextmanager
async def _upstreams(wanted: Wanted) -> AsyncIterator[list[Shown]]:
    async with contextlib.AsyncExitStack() as stack:
        try:
            if wanted.upstream is not None:
                outcome = await probe.check(wanted.upstream)
                if isinstance(outcome, probe.Unreachable):
                    raise Failure(outcome.sentence)
                shown = [Shown("yours", "Your server", wanted.upstream)]
            elif wanted.command is not None:
                url = await stack.enter_async_context(_bridged(wanted.command))
                shown = [Shown("yours", "Your server", url)]
            else:
                reminders = await stack.enter_async_context(start("consentry.demo.reminders"))
                textkit = await stack.enter_async_context(start("consentry.demo.textkit"))
                shown = [Shown("reminders", "Reminders", reminders.url), Shown("textkit", "Textkit", textkit.url)]
        except NotStartedError as error:
            raise Failure(str(error)) from error
        yield shown


@contextlib.asynccontextmanager
async def _bridged(command: str) -> AsyncIterator[str]:
    """The URL of a stdio server that has shown that it speaks MCP."""
    words = _words(command)
    async with start("consentry.demo.bridge", "--", *words, held=True) as bridge:
        outcome = await probe.check(bridge.url, seconds=COMMAND_ANSWERS_WITHIN_SECONDS)
        if isinstance(outcome, probe.Found):
            bridge.said.pass_on()
            yield bridge.url
            return
    # Only now the last of its words have come.
    raise Failure(f"--command {command}: {outcome.said or outcome.sentence}{bridge.said.text()}")


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise Failure(f"--command cannot be read ({error}): mend its quotes.") from error
    if not words:
        raise Failure("--command is empty: name the program to start, as in --command 'npx some-mcp-server'.")
    if shutil.which(words[0]) is None:
        raise Failure(f"--command: there is no program {words[0]}. Install it, or give its full path.")
    return words
