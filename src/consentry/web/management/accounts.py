"""/api/v1/accounts and invitations, for operators; nothing here lets a token into another's account (ADR 39)."""

from consentry.accounts import administer, inviting, links
from consentry.accounts.model import Account
from consentry.accounts.people import After
from consentry.grants import removal
from consentry.limits.windows import this_month
from consentry.web.management import paging, problems
from consentry.web.management.calling import Answered, Call
from consentry.web.management.people import (
    InvitationList,
    InvitationMade,
    InvitationShown,
    NewInvitation,
    PeopleSearch,
    PersonChange,
    PersonList,
    PersonShown,
)
from consentry.web.management.problems import Problem
from consentry.web.site import Transaction


async def list_(call: Call) -> Answered | Problem:
    """GET: as the page People searches them."""
    search, given = call.searched(PeopleSearch).search or "", call.asked.after
    after = After.read(".".join(map(str, given))) if given is not None else None
    if given is not None and after is None:
        return paging.BEGIN_AGAIN

    async def work(tx: Transaction) -> Answered:
        found = await tx.find_people(search, after, call.asked.limit)
        rest = found.left
        items = [await _whole(tx, call, one) for one in found.people]
        return Answered(
            PersonList(items=items, next=paging.cursor((rest.created_at, rest.account_id)) if rest else None)
        )

    return await call.site.store.read(work)


async def show(call: Call) -> Answered | Problem:
    """GET of one."""

    async def work(tx: Transaction) -> Answered | Problem:
        found = await _named(tx, call)
        return found if isinstance(found, Problem) else Answered(await _whole(tx, call, found))

    return await call.site.store.read(work)


async def change(call: Call) -> Answered | Problem:
    """PATCH: plan, shut or open, verified."""
    given = call.given(PersonChange)

    async def work(tx: Transaction) -> Answered | Problem:
        found = await _named(tx, call)
        if isinstance(found, Problem):
            return found
        if unfit := _fault(call, given, found):
            return unfit
        if given.plan is not None:
            await administer.set_plan(tx, found, given.plan, call.now)
        if given.verified:
            await administer.verify(tx, found, call.now)
        if given.disabled is True:
            await removal.disable_account(tx, found, call.now)
        elif given.disabled is False:
            await administer.enable(tx, found, call.now)
        after = await _named(tx, call)
        return after if isinstance(after, Problem) else Answered(await _whole(tx, call, after))

    return await call.write(work)


async def invitations(call: Call) -> Answered | Problem:
    """GET: those that nobody has followed yet."""

    asked = call.asked.moment()
    if isinstance(asked, Problem):
        return asked
    digest = inviting.digest_of(asked[1]) if asked else None
    if asked and digest is None:
        return paging.BEGIN_AGAIN
    after = (asked[0], digest) if asked and digest is not None else None

    async def work(tx: Transaction) -> Answered:
        found, left = await inviting.open_page(tx, call.site.accounts, call.now, call.asked.limit, after)
        items = [
            InvitationShown(id=one.reference, email=one.email, created_at=one.made_at, expires_at=one.expires_at)
            for one in found
        ]
        return Answered(InvitationList(items=items, next=paging.cursor((left[0], left[1].hex())) if left else None))

    return await call.site.store.read(work)


async def invite(call: Call) -> Answered | Problem:
    """POST."""
    given, terms = call.given(NewInvitation), call.site.accounts
    send = bool(given.mail)
    if fault := inviting.fault(given.email, terms, send=send):
        return Problem(problems.UNFIT, fault)

    async def work(tx: Transaction) -> Answered | Problem:
        secret = await inviting.invite(tx, given.email, terms, call.now, send=send, by=call.account)
        if secret is None:
            return Problem(problems.CONFLICT, "There is an account of that address already: list them.", "/email")
        expires_at = call.now + links.TTL_SECONDS["invite"]
        return Answered(
            InvitationMade(email=given.email.strip(), url=terms.url("verify-email", secret), expires_at=expires_at)
        )

    outcome = await call.write(work)
    call.site.call_postman()
    return outcome


async def withdraw(call: Call) -> Answered | Problem:
    """DELETE of one: its link does nothing any more."""
    named = call.named("invitation_id")

    async def work(tx: Transaction) -> Answered | Problem:
        if not await inviting.withdraw(tx, named, call.now, by=call.account):
            return Problem(problems.NOT_FOUND, "There is no such invitation: list them to see which there are.")
        return Answered()

    return await call.write(work)


def _fault(call: Call, given: PersonChange, found: Account) -> Problem | None:
    plans = sorted(name for name in call.site.plans if name is not None)
    if given.plan is not None and given.plan not in plans:
        return Problem(problems.UNFIT, f"There is no such plan: there are {', '.join(plans)}.", "/plan")
    if given.verified is False:
        return Problem(problems.UNFIT, "What was proven is not taken back: leave verified out.", "/verified")
    if given.disabled and found.id == call.account.id:
        return Problem(problems.UNFIT, "That would shut you out: let another operator do it.", "/disabled")
    return None


async def _named(tx: Transaction, call: Call) -> Account | Problem:
    """The account that the address names; one that was deleted has nothing left but its id (ADR 33)."""
    named = call.named("account_id")
    found = await tx.find_account(named) if named.isprintable() else None
    if found is None or found.email == found.id:
        return Problem(problems.NOT_FOUND, "There is no such account: list them to see which there are.")
    return found


async def _whole(tx: Transaction, call: Call, account: Account) -> PersonShown:
    usage = await tx.find_usage(account.id)
    plans = call.site.plans
    return PersonShown(
        id=account.id,
        email=account.email,
        name=account.name,
        operator=account.operator,
        second_factor=account.second_factor_at is not None,
        plan=plans.get(account.plan, plans[None]).name,
        calls_this_month=this_month(usage, call.now),
        created_at=account.created_at,
        verified_at=account.verified_at,
        disabled_at=account.disabled_at,
    )
