"""Every operation of the API, in one table: requests are routed by it, and the document is made of it."""

from consentry.web.management.operation import Operation
from consentry.web.management.table import account, accounts, clients, connections, deployments, logs

OPERATIONS: tuple[Operation, ...] = (
    *account.OPERATIONS,
    *deployments.OPERATIONS,
    *clients.OPERATIONS,
    *connections.OPERATIONS,
    *logs.OPERATIONS,
    *accounts.OPERATIONS,
)
