"""/api/v1/deployments/{slug}/guests: the people whom the access policy `invited` lets in."""

from consentry.accounts.model import email_fault, email_key
from consentry.grants import narrowing
from consentry.web.management import paging, problems
from consentry.web.management.calling import Answered, Call, deployment_of
from consentry.web.management.connecting import Guest, GuestList
from consentry.web.management.problems import Problem
from consentry.web.site import Transaction


async def list_(call: Call) -> Answered | Problem:
    """GET."""

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        page = paging.cut(await tx.list_invited(one.id), lambda email: (email,), call.asked)
        if isinstance(page, Problem):
            return page
        return Answered(GuestList(items=[Guest(email=email) for email in page[0]], next=page[1]))

    return await call.site.store.read(work)


async def invite(call: Call) -> Answered | Problem:
    """PUT: counts under the policy `invited`; an address that is invited already stays so."""
    email = call.named("email").strip()
    fault = email_fault(email)

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        if fault is not None:
            return Problem(problems.UNFIT, fault)
        await narrowing.invite(tx, one, email_key(email), email, call.now)
        return Answered()

    return await call.write(work)


async def uninvite(call: Call) -> Answered | Problem:
    """DELETE: what they had connected ends at once."""
    email = call.named("email")

    async def work(tx: Transaction) -> Answered | Problem:
        one = await deployment_of(tx, call)
        if isinstance(one, Problem):
            return one
        ended = None if email_fault(email) else await narrowing.uninvite(tx, one, email_key(email), call.now)
        if ended is None:
            return Problem(problems.NOT_FOUND, f"That address is not invited to {one.slug}: list those that are.")
        return Answered()

    return await call.write(work)
