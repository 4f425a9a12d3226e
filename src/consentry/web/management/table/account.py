"""Operations on the account itself."""

from consentry.web.management import account, own
from consentry.web.management.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", "account", "account:read", account.show, "showAccount", "For whom the token acts", own.AccountShown
    ),
)
