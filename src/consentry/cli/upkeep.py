"""consentry init, consentry sweep."""

import asyncio

from consentry import parts
from consentry.cli import opening
from consentry.cli.opening import Config, Json
from consentry.cli.output import say, show_json
from consentry.installation import Installation, open_installation
from consentry.store.migrate import migrations


def init(*, config: Config = None, as_json: Json = False) -> None:
    """Create the database, or bring it up to date."""
    chosen = opening.load(config)

    async def prepare() -> tuple[str, list[str]]:
        installation = open_installation(chosen)
        try:
            return installation.store.place, await installation.prepare()
        finally:
            await installation.aclose()

    place, taken = asyncio.run(prepare())
    if as_json:
        show_json({"database": place, "migrations": taken})
    elif len(taken) == len(migrations()):
        say(f"{place} is ready. Next, somebody to sign in: `consentry account create EMAIL --verified --operator`.")
    elif taken:
        say(f"{place} is brought up to date. Migrations taken: {', '.join(taken)}.")
    else:
        say(f"{place} is up to date.")


def sweep(*, config: Config = None, as_json: Json = False) -> None:
    """Remove what has expired, in batches. `serve` does so by itself."""

    async def work(installation: Installation) -> int:
        removed = 0
        while swept := await parts.sweep(installation, parts.SWEEP_BATCH):
            removed += swept
        return removed

    removed = opening.run(config, work)
    if as_json:
        show_json({"rows": removed})
    else:
        say("Nothing had expired." if removed == 0 else f"Swept {removed} expired row{'s' if removed > 1 else ''}.")
