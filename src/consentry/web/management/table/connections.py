"""Operations on what is connected to the account: applications and API keys."""

from consentry.web.management import connecting, grants, keys
from consentry.web.management.operation import Operation
from consentry.web.management.paging import Paged

_GRANT = "grants/{grant_id}"
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "api-keys",
        "keys:read",
        keys.list_,
        "listApiKeys",
        "Your API keys, and those that applications got instead of tokens",
        connecting.KeyList,
        query=Paged,
    ),
    Operation(
        "POST",
        "api-keys",
        "keys:write",
        keys.create,
        "createApiKey",
        "Make an API key for yourself. It is shown this once",
        connecting.KeyMade,
        connecting.NewKey,
        201,
    ),
    Operation(
        "DELETE",
        "api-keys/{grant_id}",
        "keys:write",
        keys.revoke,
        "revokeApiKey",
        "Revoke an API key at once. An application that holds it is disconnected",
        None,
        status=204,
    ),
    Operation(
        "GET",
        "grants",
        "grants:read",
        grants.list_,
        "listGrants",
        "The applications that are connected to your account, newest first",
        connecting.GrantList,
        query=Paged,
    ),
    Operation(
        "GET",
        _GRANT,
        "grants:read",
        grants.show,
        "showGrant",
        "A connected application, and what happened to it",
        connecting.GrantStory,
    ),
    Operation(
        "DELETE",
        _GRANT,
        "grants:write",
        grants.end,
        "endGrant",
        "Disconnect an application at once. One that has ended stays so",
        None,
        status=204,
    ),
)
