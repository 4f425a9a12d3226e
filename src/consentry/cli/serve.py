"""consentry serve."""

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import structlog
import typer

from consentry import logs, metrics
from consentry.app import Application
from consentry.cli import listening, opening
from consentry.cli.listening import Place
from consentry.cli.opening import Config
from consentry.cli.output import Failure
from consentry.installation import Installation, open_installation
from consentry.settings import DEFAULT_PORT, Settings

log = structlog.get_logger(__name__)


def run(
    *,
    host: Annotated[str, typer.Option(metavar="HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Port to listen on; 0 takes any.")
    ] = DEFAULT_PORT,
    workers: Annotated[int, typer.Option(min=1, metavar="N", help="Processes that share the port.")] = 1,
    config: Config = None,
) -> None:
    """Run the server."""
    listening.check(host, opening.load(config))
    with contextlib.suppress(KeyboardInterrupt), listening.bound(host, port) as place:
        settings = following(config, place)
        logs.configure(settings.log_level, pretty=sys.stderr.isatty())

        def announce() -> None:
            log.info("ready", listening=place.url, public_url=settings.public_url)

        if workers == 1:
            listening.live(lambda: _serve(settings, place, announce))
        else:
            listening.live(lambda: _prepare(settings))
            server = listening.configure(Worker(settings), workers=workers)
            with tempfile.TemporaryDirectory(prefix="consentry-metrics-") as folder:
                os.environ[metrics.FOLDER_VARIABLE] = folder
                listening.Workers(server, place.listener, announce).run()


def following(config: Path | None, place: Place, **overrides: object) -> Settings:
    """The settings; where they name no public_url, it is where we listen."""
    settings = opening.load(config, **overrides)
    if "public_url" in settings.model_fields_set:
        return settings
    host, port = place.listener.getsockname()[:2]
    return opening.load(config, **overrides, public_url=listening.url_of("::1" if ":" in host else "127.0.0.1", port))


@dataclass(frozen=True, slots=True)
class Worker:
    """Makes the application in a process of its own. It comes there through a pipe, and so do the settings."""

    settings: Settings

    def __call__(self) -> Application:
        logs.configure(self.settings.log_level, pretty=sys.stderr.isatty())
        threading.Thread(target=_end_with_parent, daemon=True).start()
        application = Application(open_installation(self.settings))
        listening.settle()
        return application


def _end_with_parent() -> None:
    """A parent that is killed takes its workers along: nobody would start them anew, and they would hold the port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


async def _serve(settings: Settings, place: Place, announce: listening.Announce) -> None:
    installation = open_installation(settings)
    try:
        await _bring_up_to_date(installation)
        application = Application(installation)
        await check(application)
        await listening.serve(application, place, announce)
    finally:
        await installation.aclose()


async def _prepare(settings: Settings) -> None:
    installation = open_installation(settings)
    try:
        await _bring_up_to_date(installation)
        application = Application(installation)
        try:
            await check(application)
        finally:
            await application.upstreams.aclose()
    finally:
        await installation.aclose()


async def check(application: Application) -> None:
    """Says what the operator should mend; a contradiction is a Failure."""
    findings = await application.examine()
    for finding in findings:
        if not finding.grave:
            log.warning(finding.sentence)
    if grave := [finding.sentence for finding in findings if finding.grave]:
        raise Failure("\n".join(grave))


async def _bring_up_to_date(installation: Installation) -> None:
    if not installation.settings.auto_migrate:
        await installation.require_current()
        return
    taken = await installation.prepare()
    if taken:
        log.info("database brought up to date", migrations=taken)
