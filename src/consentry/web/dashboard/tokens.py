"""/account/tokens: personal access tokens for the management API, made, shown once and revoked."""

from starlette.responses import Response

from consentry.accounts import personal_tokens
from consentry.accounts.personal_tokens import SCOPES, WORDS, PersonalToken, Wanted
from consentry.spec import periods
from consentry.spec.errors import Refusal
from consentry.tokens import Secret
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import words
from consentry.web.pages.token_views import PersonalTokenLine, PersonalTokens
from consentry.web.security.entering import Entered, act, prove
from consentry.web.site import Transaction

LIVES = ("30d", "90d", "365d", "never")
BLANK = {"label": "", "life": "90d"}
REVOKED = "The token is revoked. It opens nothing any more."


async def show(visit: Visit) -> Response:
    """GET."""
    return await _page(visit, BLANK, note=REVOKED if "revoked" in visit.request.query_params else None)


async def answer(visit: Visit) -> Response:
    """POST: makes a token and shows it, this once. A session alone does not: a token outlives it."""
    typed = {name: visit.given.get(name) or "" for name in BLANK}
    ticked = tuple(scope for scope in SCOPES if visit.given.get(scope))
    ttl = periods.seconds(typed["life"], never=True) if typed["life"] in LIVES else None
    if ttl is None:
        return await _page(visit, typed, ticked, error="Choose for how long the token lives.")
    entered = Entered(visit.browser, visit.account, visit.given)
    if unproven := await prove(visit.site, visit.request, entered):
        response = await _page(visit, typed, ticked, error=unproven.sentence, status=unproven.status)
        if unproven.wait:
            response.headers["Retry-After"] = str(unproven.wait)
        return response
    wanted = Wanted(typed["label"], ticked, None if ttl == periods.NEVER else ttl)

    async def work(tx: Transaction) -> tuple[Secret, PersonalToken] | Refusal:
        return await personal_tokens.create(tx, visit.account, wanted, visit.network, visit.site.entropy, visit.now)

    made = await act(visit.site, entered, work)
    if isinstance(made, Response):
        return made
    if isinstance(made, Refusal):
        return await _page(visit, typed, ticked, error=made.description)
    return await _page(visit, BLANK, fresh=(made[1].label, made[0].reveal()))


async def revoke(visit: Visit) -> Response:
    """POST: voids a token of this account's own."""
    chosen = visit.given.get("token_id")

    async def work(tx: Transaction) -> bool:
        own = await tx.list_personal_tokens(visit.account.id)
        found = next((one for one in own if one.id == chosen), None)
        return found is not None and await personal_tokens.revoke(tx, found, visit.network, visit.now)

    revoked = await visit.site.store.write(work)
    return visit.go(f"{visit.site.addresses.path('account/tokens')}{'?revoked=1' if revoked else ''}")


async def _page(
    visit: Visit,
    values: dict[str, str],
    ticked: tuple[str, ...] = (),
    *,
    fresh: tuple[str, str] | None = None,
    error: str | None = None,
    note: str | None = None,
    status: int = 400,
) -> Response:
    found = await visit.site.store.read(lambda tx: tx.list_personal_tokens(visit.account.id))
    path = visit.site.addresses.path
    view = PersonalTokens(
        tokens=tuple(_line(visit, one) for one in found),
        scopes=tuple(WORDS.items()),
        action=path("account/tokens"),
        revoke_action=path("account/tokens/revoke"),
        reference_url=path("api/v1"),
        email=visit.account.email,
        values=values,
        ticked=frozenset(ticked),
        fresh=fresh,
        error=error,
        note=note,
    )
    return visit.show(view, status if error else 200)


def _line(visit: Visit, one: PersonalToken) -> PersonalTokenLine:
    return PersonalTokenLine(
        token_id=one.id,
        label=one.label,
        scopes=tuple(sorted(one.scopes)),
        since=one.created_at,
        until=one.expires_at,
        expired=not one.live(visit.now),
        last_used_words=words.ago(one.last_used_at, visit.now),
    )
