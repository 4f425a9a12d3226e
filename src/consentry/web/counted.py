"""How much a deployment is used in a span of time: looked up once, for the page that draws it and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass

from consentry import tallies
from consentry.deployments.model import Deployment
from consentry.limits.quota import Usage
from consentry.tallies import HOUR_SECONDS, Sum
from consentry.web.pages.use_views import Span
from consentry.web.site import Transaction

MOST_NAMED = 50
MOST_CALLERS = 1_000

# How many slots, and how many hours each is.
SLOTS: dict[Span, tuple[int, int]] = {"day": (24, 1), "week": (28, 6), "month": (30, 24)}


@dataclass(frozen=True, slots=True)
class Found:
    """Slots by when they begin; tools and clients with the most calls first. `plan` is the name of the owner's own."""

    since: int
    until: int
    slots: Sequence[tuple[int, Sum]]
    tools: Sequence[tuple[str, Sum]]
    clients: Sequence[tuple[str, Sum]]
    names: dict[str, str | None]
    plan: str | None
    usage: Usage


async def last_day(tx: Transaction, one: Deployment, now: int) -> Sequence[Sum]:
    """Hour by hour, the one that has begun the last."""
    number, _ = SLOTS["day"]
    since = now - now % HOUR_SECONDS - (number - 1) * HOUR_SECONDS
    return [hour for _, hour in tallies.slots(await tx.sum_hours(one.id, since), since, HOUR_SECONDS, number)]


async def find(tx: Transaction, one: Deployment, span: Span, now: int) -> Found:
    """The span ends with the hour that has begun."""
    number, hours = SLOTS[span]
    until = now - now % HOUR_SECONDS + HOUR_SECONDS
    since = until - number * hours * HOUR_SECONDS
    return Found(
        since,
        min(until, now),
        tallies.slots(await tx.sum_hours(one.id, since), since, hours * HOUR_SECONDS, number),
        tallies.sums(await tx.sum_by("tool", one.id, since, MOST_NAMED)),
        tallies.sums(await tx.sum_by("client", one.id, since, MOST_NAMED)),
        dict(await tx.list_callers(one.id, MOST_CALLERS)),
        await tx.find_plan(one.owner_id),
        await tx.find_usage(one.owner_id) or Usage(),
    )
