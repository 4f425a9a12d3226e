"""/dashboard/people: accounts and open invitations, for operators; as `consentry account` does it on the terminal."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from consentry.accounts import administer, inviting
from consentry.accounts.inviting import Invitation
from consentry.accounts.model import Account
from consentry.accounts.people import After, Found
from consentry.grants import removal
from consentry.spec import params
from consentry.spec.errors import Refusal
from consentry.tokens import Secret
from consentry.web import showing
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import words
from consentry.web.pages.people_views import InvitationLine, People, PersonLine
from consentry.web.site import Transaction

PEOPLE_A_PAGE = 50
BLANK = {"email": "", "way": "mail"}
NOTES = {
    "sent": "The invitation is on its way.",
    "withdrawn": "The invitation is taken back: its link does nothing any more.",
    "disabled": "The account is disabled. It is signed out, and what it had connected has ended.",
    "enabled": "The account is enabled: it can sign in.",
}
THERE = "There is an account with this address already. It is in the list: search for it."
OWN = "That is your own account. Have another operator close it, or `consentry account disable` on the terminal."


@dataclass(frozen=True, slots=True)
class _Told:
    """What came of a form."""

    values: dict[str, str]
    fresh: tuple[str, str] | None = None
    error: str | None = None
    status: int = 200


async def show(visit: Visit) -> Response:
    """GET: a page of people."""
    return await _page(visit, _Told(BLANK))


async def invite(visit: Visit) -> Response:
    """POST: sends the link, or shows it this once."""
    terms = visit.site.accounts
    typed = {name: visit.given.get(name) or "" for name in BLANK}
    email, send = typed["email"].strip(), terms.mail and typed["way"] != "link"
    if refused := inviting.fault(email, terms, send=send):
        return await _page(visit, _Told(typed, error=refused, status=400))

    async def work(tx: Transaction) -> Secret | None:
        return await inviting.invite(tx, email, terms, visit.now, send=send, by=visit.account)

    secret = await visit.site.store.write(work)
    if secret is None:
        return await _page(visit, _Told(typed, error=THERE, status=409))
    if send:
        visit.site.call_postman()
        return _back(visit, "sent")
    return await _page(visit, _Told(BLANK, fresh=(email, terms.url("verify-email", secret))))


async def withdraw(visit: Visit) -> Response:
    """POST."""
    reference = visit.given.get("invitation") or ""

    async def work(tx: Transaction) -> bool:
        return await inviting.withdraw(tx, reference, visit.now, by=visit.account)

    return _back(visit, "withdrawn" if await visit.site.store.write(work) else "")


async def disable(visit: Visit) -> Response:
    """POST."""
    chosen = visit.given.get("account_id") or ""
    if chosen == visit.account.id:
        return await _page(visit, _Told(BLANK, error=OWN, status=409))

    async def work(tx: Transaction) -> bool:
        account = await tx.find_account(chosen)
        if account is None or account.disabled_at is not None:
            return False
        await removal.disable_account(tx, account, visit.now)
        return True

    return _back(visit, "disabled" if await visit.site.store.write(work) else "")


async def enable(visit: Visit) -> Response:
    """POST."""
    chosen = visit.given.get("account_id") or ""

    async def work(tx: Transaction) -> bool:
        account = await tx.find_account(chosen)
        return account is not None and await administer.enable(tx, account, visit.now)

    return _back(visit, "enabled" if await visit.site.store.write(work) else "")


def _back(visit: Visit, note: str) -> Response:
    return visit.go(f"{visit.path('people')}{f'?{note}=1' if note else ''}")


async def _page(visit: Visit, told: _Told) -> Response:
    here, terms = visit.path("people"), visit.site.accounts
    given = params.parse(visit.request.url.query)
    if isinstance(given, Refusal):
        return showing.stop(visit.request, visit.site, words.MALFORMED_REQUEST, link=("People", here))
    search, after = given.get("search") or "", After.read(given.get("after") or "")

    async def work(tx: Transaction) -> tuple[Found, list[Invitation]]:
        open_ones, _ = await inviting.open_page(tx, terms, visit.now, inviting.AT_ONCE)
        return await tx.find_people(search, after, PEOPLE_A_PAGE), open_ones

    found, invitations = await visit.site.store.read(work)
    view = People(
        people=tuple(_line(visit, one) for one in found.people),
        invitations=tuple(InvitationLine(one.reference, one.email, one.made_at, one.expires_at) for one in invitations),
        here=here,
        search=search,
        mail=terms.mail,
        values=told.values,
        closed=inviting.CLOSED if terms.signup == "closed" else None,
        fresh=told.fresh,
        error=told.error,
        note=next((note for name, note in NOTES.items() if given.get(name)), None),
        newest=here if after or search else None,
        older=f"{here}?{_query(search, found.left)}" if found.left else None,
    )
    return visit.show(view, told.status)


def _query(search: str, after: After) -> str:
    return urlencode(({"search": search} if search else {}) | {"after": after.written})


def _line(visit: Visit, account: Account) -> PersonLine:
    state = ["operator"] if account.operator else []
    state.append("verified" if account.verified_at is not None else "not verified")
    state += ["second factor"] if account.second_factor_at is not None else []
    state += ["disabled"] if account.disabled_at is not None else []
    plans = visit.site.plans
    plan = plans.get(account.plan) or plans[None]
    return PersonLine(
        account_id=account.id,
        email=account.email,
        name=account.name,
        state=tuple(state),
        plan=plan.name,
        since=account.created_at,
        disabled=account.disabled_at is not None,
        own=account.id == visit.account.id,
    )
