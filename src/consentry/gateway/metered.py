"""Calls, counted for Prometheus."""

from consentry import metrics
from consentry.gateway.model import Finished


class Metered:
    """An observer."""

    def finished(self, call: Finished) -> None:
        metrics.call_answered(call.status, call.seconds)
