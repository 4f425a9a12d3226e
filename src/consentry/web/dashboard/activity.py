"""/account/activity: what happened to an account and its deployments, in words; the suspicious with what to do."""

from typing import Literal

from starlette.responses import Response

from consentry.audit import Event, EventName
from consentry.calls import Names
from consentry.spec import params
from consentry.spec.errors import Refusal
from consentry.web import showing
from consentry.web.dashboard.visiting import Visit
from consentry.web.pages import event_words, words
from consentry.web.pages.log_views import ActivityPage, EventLine
from consentry.web.site import Transaction

LINES_A_PAGE = 50
# Looked at for one page, whether they are shown or not.
LOOKED_AT = 500
# What every connection does all the time; it is left out until somebody asks for all.
ROUTINE: frozenset[EventName] = frozenset(
    {"grant:token:issued", "grant:token:refreshed", "grant:token:repeated", "client:registration:folded"}
)
Shown = Literal["", "suspicious", "all"]
CHOICES: tuple[tuple[Shown, str], ...] = (("", "What matters"), ("suspicious", "Suspicious"), ("all", "Everything"))


async def show(visit: Visit) -> Response:
    """GET: the newest first, a page at a time."""
    given = params.parse(visit.request.url.query)
    here = visit.site.addresses.path("account/activity")
    if isinstance(given, Refusal):
        return showing.stop(visit.request, visit.site, words.MALFORMED_REQUEST, link=("Activity", here))
    shown: Shown = next((choice for choice, _ in CHOICES if choice == given.get("show")), "")
    before = given.get("before") or ""
    mark = int(before) if before.isascii() and before.isdigit() and len(before) < len(str(1 << 53)) else None

    async def work(tx: Transaction) -> list[tuple[int, Event, Names]]:
        return await tx.list_activity(visit.account.id, mark, LOOKED_AT)

    looked_at = await visit.site.store.read(work)
    found = [line for line in looked_at if _wanted(line[1], shown)]
    left = None
    if len(found) > LINES_A_PAGE:
        left = found[LINES_A_PAGE - 1][0]
    elif len(looked_at) == LOOKED_AT:
        left = looked_at[-1][0]
    asked = f"show={shown}&" if shown else ""
    view = ActivityPage(
        choices=tuple((said, f"{here}?show={choice}" if choice else here, choice == shown) for choice, said in CHOICES),
        events=tuple(_line(visit, event, names) for _, event, names in found[:LINES_A_PAGE]),
        newest=(f"{here}?{asked}".rstrip("?&")) if mark is not None else None,
        older=f"{here}?{asked}before={left}" if left is not None else None,
    )
    return visit.show(view)


def _wanted(event: Event, shown: Shown) -> bool:
    match shown:
        case "all":
            return True
        case "suspicious":
            return event.suspicious
        case "":
            return event.name not in ROUTINE


def _line(visit: Visit, event: Event, names: Names) -> EventLine:
    reader_id = visit.account.id
    return EventLine(
        at=event.at,
        name=event.name,
        words=event_words.sentence(event, names, reader_id),
        suspicious=event.suspicious,
        next_step=event_words.next_step(event, reader_id),
        network=event.network if event.account_id == reader_id else None,  # where others sit is not theirs to know
    )
