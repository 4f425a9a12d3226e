"""What is counted for Prometheus. No label holds anything that a stranger chose: there would be no end of them."""

import os
from functools import cache

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

# Where several processes serve one port, each writes what it counts into a folder of this name's, and any of them
# can tell of all.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
MEDIA_TYPE = CONTENT_TYPE_LATEST
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

_REQUESTS = Histogram(
    "consentry_request_seconds",
    "Requests to everything but the gateway, by the pattern of their path, and how long they took.",
    ["route", "status"],
    buckets=_BUCKETS,
)
_CALLS = Histogram(
    "consentry_mcp_request_seconds",
    "Requests to MCP URLs, and how long their whole answers took.",
    ["status"],
    buckets=(*_BUCKETS, 60.0),
)
_UNLOGGED = Counter("consentry_calls_unlogged", "Calls that are missing in the log, because it could not keep up.")


def request_answered(route: str, status: int, seconds: float) -> None:
    _request(route, status).observe(seconds)


def call_answered(status: int, seconds: float) -> None:
    _call(status).observe(seconds)


def calls_unlogged(calls: int) -> None:
    _UNLOGGED.inc(calls)


def exposition() -> bytes:
    """All of it, in Prometheus' text format."""
    if FOLDER_VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


@cache
def _request(route: str, status: int) -> Histogram:
    return _REQUESTS.labels(route, str(status))


@cache
def _call(status: int) -> Histogram:
    return _CALLS.labels(str(status))
