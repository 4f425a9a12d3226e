"""Operations on logs, and on what is counted."""

from consentry.web.management import logged, logs
from consentry.web.management.operation import Operation
from consentry.web.management.table.deployments import ONE

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        f"{ONE}/calls",
        "logs:read",
        logs.calls,
        "listCalls",
        "The calls of a deployment, newest first, searched as on the page Log",
        logged.CallList,
        query=logged.CallSearch,
    ),
    Operation(
        "GET",
        f"{ONE}/events",
        "logs:read",
        logs.events,
        "listEvents",
        "What happened to a deployment, newest first, in words",
        logged.EventList,
        query=logged.EventSearch,
    ),
    Operation(
        "GET",
        f"{ONE}/use",
        "logs:read",
        logs.use,
        "showUse",
        "Calls, errors and latency by time, tool and client, and what is left of the owner's plan",
        logged.UseShown,
        query=logged.UseSearch,
    ),
    Operation(
        "GET",
        "account/activity",
        "logs:read",
        logs.activity,
        "listActivity",
        "What happened to your account and your deployments, newest first, in words",
        logged.EventList,
        query=logged.ActivitySearch,
    ),
    Operation(
        "GET",
        "account/quota",
        "account:read",
        logs.quota,
        "showQuota",
        "What your plan allows your deployments, what is left of it, and when the next calls come back",
        logged.Quota,
    ),
)
