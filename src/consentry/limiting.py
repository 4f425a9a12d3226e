"""How often is too often, as the operator decided it: limits, plans, and the pace of a grant."""

from ipaddress import ip_network

from consentry.limits.model import Rate
from consentry.limits.policy import Limits, Pace
from consentry.limits.quota import UNLIMITED, Plan
from consentry.settings import Settings

HOUR_SECONDS = 3600
MINUTE_SECONDS = 60


def limits_of(settings: Settings) -> Limits | None:
    """None where they are switched off."""
    if not settings.rate_limits:
        return None
    return Limits(
        register=Rate(settings.register_per_hour, HOUR_SECONDS),
        authorize=Rate(settings.authorize_per_hour, HOUR_SECONDS),
        token=Rate(settings.token_per_minute, MINUTE_SECONDS),
        token_failures=Rate(settings.token_failures_per_minute, MINUTE_SECONDS),
        api=Rate(settings.api_per_minute, MINUTE_SECONDS),
        api_failures=Rate(settings.api_failures_per_minute, MINUTE_SECONDS),
        letters_to=Rate(settings.letters_to_address_per_hour, HOUR_SECONDS),
        letters_from=Rate(settings.letters_from_network_per_hour, HOUR_SECONDS),
        egress=tuple((ip_network(network), factor) for network, factor in settings.trusted_egress.items()),
        unlimited=tuple(ip_network(network) for network in settings.unlimited_networks),
    )


def plans_of(settings: Settings) -> dict[str | None, Plan]:
    """By name; None is the plan of accounts that have none of their own."""
    plans: dict[str | None, Plan] = {name: _plan(name, allowed) for name, allowed in settings.plans.items()}
    return plans | {None: plans[settings.default_plan]}


def _plan(name: str, allowed: str) -> Plan:
    if allowed == UNLIMITED.name:
        return Plan(name)
    numbers = {window: int(number) for number, _, window in (part.partition("/") for part in allowed.split())}
    return Plan(name, numbers.get("hour"), numbers.get("month"))


def pace_of(settings: Settings) -> Pace | None:
    """How often a grant may rotate."""
    limits = limits_of(settings)
    return Pace(limits.token, limits.unlimited) if limits else None
