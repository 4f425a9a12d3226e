"""consentry deployment test, and what `create` and `update` find out about an upstream on their way."""

from pathlib import Path

from consentry import probe
from consentry.cli import opening
from consentry.cli.finding import Slug, deployment_of
from consentry.cli.opening import Config, Json
from consentry.cli.output import Failure, show_facts, show_json, warn
from consentry.deployments.model import Deployment
from consentry.installation import Installation
from consentry.looking import reaching, seen
from consentry.store.sql import Transaction

# `create` and `update` only warn of an upstream that is not there yet, so they do not wait for long.
WARN_WITHIN_SECONDS = 5.0


def run(slug: Slug, *, config: Config = None, as_json: Json = False) -> None:
    """Connect to its MCP server. As a client would; lists the tools, or says what is wrong."""

    async def work(tx: Transaction, _here: Installation) -> Deployment:
        return await deployment_of(tx, slug)

    deployment = opening.read(config, work)
    if deployment.upstream_url is None:
        raise Failure(
            f"{slug} has no upstream to connect to: its server at {deployment.resource} is not behind this gateway."
        )
    found = _look(deployment, config, probe.ANSWER_WITHIN_SECONDS)

    async def keep(tx: Transaction, here: Installation) -> bool:
        return await tx.keep_health(deployment.id, seen(found, here.clock()))

    opening.write(config, keep)
    match found:
        case probe.Unreachable(sentence):
            raise Failure(sentence)
        case probe.Found(server_name, protocol_version, tools):
            names = [tool.name for tool in tools]
            if as_json:
                facts = {"server_name": server_name, "protocol_version": protocol_version, "tools": names}
                show_json({"slug": slug, "upstream_url": deployment.upstream_url, **facts})
            else:
                facts_shown = [("Server", server_name), ("MCP revision", protocol_version), ("Tools", names)]
                show_facts([("Upstream", deployment.upstream_url), *facts_shown])


def refuse_private(upstream: str, config: Path | None) -> None:
    async def within(here: Installation) -> str | None:
        return await reaching(here).fault(upstream)

    if fault := opening.run(config, within):
        raise Failure(fault)


def _look(deployment: Deployment, config: Path | None, seconds: float) -> probe.Found | probe.Unreachable:
    async def within(here: Installation) -> probe.Found | probe.Unreachable:
        return await reaching(here).look(deployment, seconds)

    return opening.run(config, within)


def warn_of(deployment: Deployment, config: Path | None) -> None:
    outcome = _look(deployment, config, WARN_WITHIN_SECONDS)
    if isinstance(outcome, probe.Unreachable):
        warn(f"Warning: {outcome.sentence} The deployment is kept all the same.")
