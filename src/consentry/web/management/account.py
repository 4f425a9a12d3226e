"""/api/v1/account: for whom the token acts."""

from consentry.web.management.calling import Answered, Call
from consentry.web.management.own import AccountShown, TokenShown


async def show(call: Call) -> Answered:
    """GET."""
    account, token = call.account, call.token
    return Answered(
        AccountShown(
            id=account.id,
            email=account.email,
            name=account.name,
            operator=account.operator,
            second_factor=account.second_factor_at is not None,
            created_at=account.created_at,
            token=TokenShown(
                id=token.id,
                label=token.label,
                scopes=sorted(token.scopes),
                created_at=token.created_at,
                expires_at=token.expires_at,
            ),
        )
    )
