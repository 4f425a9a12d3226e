"""/api/v1/account: for whom the token acts, its browsers, its tokens, and everything that is kept about it."""

from consentry.accounts import personal_tokens
from consentry.accounts import sessions as signed_in
from consentry.accounts.model import Session
from consentry.accounts.personal_tokens import PersonalToken
from consentry.grants import takeout
from consentry.tokens import Digest
from consentry.web.management import paging, problems
from consentry.web.management.calling import Answered, Call
from consentry.web.management.own import (
    AccountShown,
    Export,
    OwnToken,
    OwnTokenList,
    SessionList,
    SessionShown,
    TokenShown,
)
from consentry.web.management.problems import Problem
from consentry.web.site import Transaction


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
            token=TokenShown.model_validate(_facts(token)),
        )
    )


async def sessions(call: Call) -> Answered | Problem:
    """GET .../sessions."""

    async def work(tx: Transaction) -> Answered | Problem:
        found = await tx.list_sessions(call.account.id, call.now)
        page = paging.cut(found, lambda one: (-one.created_at, one.digest.hex()), call.asked)
        return (
            page if isinstance(page, Problem) else Answered(SessionList(items=[*map(_session, page[0])], next=page[1]))
        )

    return await call.site.store.read(work)


async def end_session(call: Call) -> Answered | Problem:
    """DELETE .../sessions/{session_id}."""
    try:
        digest = Digest(bytes.fromhex(call.named("session_id")))
    except ValueError:
        digest = Digest(b"none")

    async def work(tx: Transaction) -> Answered | Problem:
        if not await signed_in.end_one(tx, call.account, digest, call.network, call.now):
            return Problem(problems.NOT_FOUND, "No such browser is signed in: list them to see which are.")
        return Answered()

    return await call.write(work)


async def end_sessions(call: Call) -> Answered | Problem:
    """DELETE .../sessions: every browser."""

    async def work(tx: Transaction) -> Answered:
        await signed_in.end_others(tx, call.account, Digest(b""), call.network, call.now)
        return Answered()

    return await call.write(work)


async def tokens(call: Call) -> Answered | Problem:
    """GET .../tokens."""

    async def work(tx: Transaction) -> Answered | Problem:
        found = await tx.list_personal_tokens(call.account.id)
        page = paging.cut(found, lambda one: (-one.created_at, one.id), call.asked)
        if isinstance(page, Problem):
            return page
        items = [OwnToken.model_validate(_facts(one) | {"last_used_at": one.last_used_at}) for one in page[0]]
        return Answered(OwnTokenList(items=items, next=page[1]))

    return await call.site.store.read(work)


async def revoke(call: Call) -> Answered | Problem:
    """DELETE .../tokens/{token_id}: it may be the very token that asks."""
    named = call.named("token_id")

    async def work(tx: Transaction) -> Answered | Problem:
        own = await tx.list_personal_tokens(call.account.id)
        found = next((one for one in own if one.id == named), None)
        if found is None or not await personal_tokens.revoke(tx, found, call.network, call.now):
            return Problem(problems.NOT_FOUND, "There is no such token of yours: list them to see which there are.")
        return Answered()

    return await call.write(work)


async def export(call: Call) -> Answered | Problem:
    """GET .../export."""

    async def work(tx: Transaction) -> Answered:
        return Answered(Export.model_validate(await takeout.take_out(tx, call.account, call.now)))

    return await call.site.store.read(work)


def _session(one: Session) -> SessionShown:
    return SessionShown(
        id=one.digest.hex(),
        browser=one.browser,
        network=one.network,
        created_at=one.created_at,
        expires_at=one.expires_at,
    )


def _facts(token: PersonalToken) -> dict[str, object]:
    return {
        "id": token.id,
        "label": token.label,
        "scopes": sorted(token.scopes),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
    }
