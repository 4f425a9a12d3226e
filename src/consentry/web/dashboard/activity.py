"""/account/activity: what happened to an account and its deployments, in words; the suspicious with what to do."""

from starlette.responses import Response

from consentry.audit import Event
from consentry.calls import Names
from consentry.spec import params
from consentry.spec.errors import Refusal
from consentry.web import happenings, showing
from consentry.web.dashboard.visiting import Visit
from consentry.web.happenings import Shown
from consentry.web.pages import event_words, words
from consentry.web.pages.log_views import ActivityPage, EventLine
from consentry.web.site import Transaction

LINES_A_PAGE = 50
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

    async def work(tx: Transaction) -> tuple[list[tuple[int, Event, Names]], int | None]:
        return await happenings.find(tx, visit.account.id, shown, mark, LINES_A_PAGE)

    found, left = await visit.site.store.read(work)
    asked = f"show={shown}&" if shown else ""
    view = ActivityPage(
        choices=tuple((said, f"{here}?show={choice}" if choice else here, choice == shown) for choice, said in CHOICES),
        events=tuple(_line(visit, event, names) for _, event, names in found),
        newest=(f"{here}?{asked}".rstrip("?&")) if mark is not None else None,
        older=f"{here}?{asked}before={left}" if left is not None else None,
    )
    return visit.show(view)


def _line(visit: Visit, event: Event, names: Names) -> EventLine:
    reader_id = visit.account.id
    return EventLine(
        at=event.at,
        name=event.name,
        words=event_words.sentence(event, names, reader_id),
        suspicious=event.suspicious,
        next_step=event_words.next_step(event, reader_id),
        network=happenings.network(event, reader_id),
    )
