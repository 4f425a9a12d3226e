"""Operations on every account, for operators."""

from consentry.web.management import accounts, people, problems
from consentry.web.management.operation import Operation
from consentry.web.management.paging import Paged

_ONE = "accounts/{account_id}"
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "accounts",
        "accounts:read",
        accounts.list_,
        "listAccounts",
        "Every account, newest first, or those that have a text in their address or name",
        people.PersonList,
        query=people.PeopleSearch,
        operates=True,
    ),
    Operation(
        "GET", _ONE, "accounts:read", accounts.show, "showAnyAccount", "One account", people.PersonShown, operates=True
    ),
    Operation(
        "PATCH",
        _ONE,
        "accounts:write",
        accounts.change,
        "changeAccount",
        "Give an account another plan, shut it or open it again, take its address as proven",
        people.PersonShown,
        people.PersonChange,
        operates=True,
    ),
    Operation(
        "POST",
        "invitations",
        "accounts:write",
        accounts.invite,
        "inviteAccount",
        "Make a link with which somebody makes their own account; it works once, within a week, and is shown this once",
        people.InvitationMade,
        people.NewInvitation,
        201,
        problems=(problems.CONFLICT,),
        operates=True,
    ),
    Operation(
        "GET",
        "invitations",
        "accounts:read",
        accounts.invitations,
        "listInvitations",
        "Invitations that nobody has followed yet, youngest first",
        people.InvitationList,
        query=Paged,
        operates=True,
    ),
    Operation(
        "DELETE",
        "invitations/{invitation_id}",
        "accounts:write",
        accounts.withdraw,
        "withdrawInvitation",
        "Take an invitation back: its link does nothing any more",
        None,
        status=204,
        operates=True,
    ),
)
