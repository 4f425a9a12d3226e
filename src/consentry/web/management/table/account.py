"""Operations on the account itself. What a session alone does not do, no token does either (ADR 39)."""

from consentry.web.management import account, own
from consentry.web.management.operation import Operation
from consentry.web.management.paging import Paged

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", "account", "account:read", account.show, "showAccount", "For whom the token acts", own.AccountShown
    ),
    Operation(
        "GET",
        "account/sessions",
        "account:read",
        account.sessions,
        "listSessions",
        "The browsers that are signed in to your account, newest first",
        own.SessionList,
        query=Paged,
    ),
    Operation(
        "DELETE",
        "account/sessions/{session_id}",
        "account:write",
        account.end_session,
        "endSession",
        "Sign a browser out at once",
        None,
        status=204,
    ),
    Operation(
        "DELETE",
        "account/sessions",
        "account:write",
        account.end_sessions,
        "endSessions",
        "Sign every browser out at once",
        None,
        status=204,
    ),
    Operation(
        "GET",
        "account/tokens",
        "account:read",
        account.tokens,
        "listTokens",
        "Your personal access tokens, newest first; a page of your account makes them, and asks for your password",
        own.OwnTokenList,
        query=Paged,
    ),
    Operation(
        "DELETE",
        "account/tokens/{token_id}",
        "account:write",
        account.revoke,
        "revokeToken",
        "Revoke a personal access token at once, and be it the one that asks",
        None,
        status=204,
    ),
    Operation(
        "GET",
        "account/export",
        "account:export",
        account.export,
        "exportAccount",
        "Everything that is kept about you",
        own.Export,
    ),
)
