"""consentry deployment pause, resume: its calls are refused for a while, and nothing is disconnected."""

from consentry.cli import opening
from consentry.cli.finding import Slug, deployment_of
from consentry.cli.opening import Config, Json
from consentry.cli.output import say, show_json
from consentry.deployments import establishing
from consentry.installation import Installation
from consentry.store.sql import Transaction


def pause(slug: Slug, *, config: Config = None, as_json: Json = False) -> None:
    """Refuse a deployment's calls until it is resumed. What is connected stays so."""

    async def work(tx: Transaction, here: Installation) -> bool:
        return await establishing.pause(tx, await deployment_of(tx, slug), here.clock())

    _tell(slug, opening.write(config, work), as_json, paused=True)


def resume(slug: Slug, *, config: Config = None, as_json: Json = False) -> None:
    """Let a paused deployment's calls pass again."""

    async def work(tx: Transaction, here: Installation) -> bool:
        return await establishing.resume(tx, await deployment_of(tx, slug), here.clock())

    _tell(slug, opening.write(config, work), as_json, paused=False)


def _tell(slug: str, changed: bool, as_json: bool, *, paused: bool) -> None:
    state = "paused: its calls are refused, and nothing is disconnected" if paused else "back: its calls pass"
    if as_json:
        show_json({"slug": slug, "paused": paused, "changed": changed})
    else:
        say(f"The deployment {slug} is {state}." if changed else f"The deployment {slug} was so already.")
