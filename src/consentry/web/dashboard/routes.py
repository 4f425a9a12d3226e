"""Every address of the dashboard, and who may go there, in one table."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from starlette.routing import Route

from consentry.web.dashboard import (
    activity,
    client,
    connecting,
    creating,
    deleting,
    deployment,
    editing,
    exporting,
    keys,
    listing,
    log,
    people,
    tokens,
    use,
    waiting,
)
from consentry.web.dashboard.visiting import Answer, Right, enter
from consentry.web.site import Site


@dataclass(frozen=True, slots=True)
class Row:
    """One page, or one form; its path is below the issuer."""

    method: Literal["GET", "POST"]
    path: str
    right: Right
    answer: Answer


_ONE = "dashboard/deployments/{slug}"
_CLIENT = f"{_ONE}/clients/{{client_id}}"
ROWS: tuple[Row, ...] = (
    Row("GET", "dashboard", "signed in", listing.show),
    Row("GET", "dashboard/new", "places", creating.show),
    Row("POST", "dashboard/new", "places", creating.answer),
    Row("GET", _ONE, "manages", deployment.show),
    Row("POST", f"{_ONE}/test", "manages", deployment.test),
    Row("POST", f"{_ONE}/pause", "manages", deployment.pause),
    Row("POST", f"{_ONE}/resume", "manages", deployment.resume),
    Row("POST", f"{_ONE}/invite", "manages", deployment.invite),
    Row("POST", f"{_ONE}/uninvite", "manages", deployment.uninvite),
    Row("GET", f"{_ONE}/edit", "manages", editing.show),
    Row("POST", f"{_ONE}/edit", "manages", editing.answer),
    Row("GET", f"{_ONE}/connect", "manages", connecting.show),
    Row("POST", f"{_ONE}/connect", "manages", connecting.answer),
    Row("GET", f"{_CLIENT}", "manages", client.show),
    Row("POST", f"{_CLIENT}/rotate", "manages", client.rotate),
    Row("POST", f"{_CLIENT}/end-older", "manages", client.end_older),
    Row("POST", f"{_CLIENT}/delete", "manages", client.delete),
    Row("GET", f"{_ONE}/delete", "manages", deleting.show),
    Row("POST", f"{_ONE}/delete", "manages", deleting.answer),
    Row("GET", "dashboard/waiting", "operates", waiting.show),
    Row("POST", "dashboard/waiting/approve", "operates", waiting.approve),
    Row("POST", "dashboard/waiting/refuse", "operates", waiting.refuse),
    Row("GET", "dashboard/people", "operates", people.show),
    Row("POST", "dashboard/people", "operates", people.invite),
    Row("POST", "dashboard/people/withdraw", "operates", people.withdraw),
    Row("POST", "dashboard/people/disable", "operates", people.disable),
    Row("POST", "dashboard/people/enable", "operates", people.enable),
    Row("GET", f"{_ONE}/log", "manages", log.show),
    Row("GET", f"{_ONE}/use", "manages", use.show),
    Row("GET", f"{_ONE}/log/csv", "manages", exporting.as_csv),
    Row("GET", f"{_ONE}/log/jsonl", "manages", exporting.as_json_lines),
    Row("GET", "account/activity", "signed in", activity.show),
    Row("GET", "account/keys", "signed in", keys.show),
    Row("POST", "account/keys", "signed in", keys.answer),
    Row("POST", "account/keys/revoke", "signed in", keys.revoke),
    Row("GET", "account/tokens", "signed in", tokens.show),
    Row("POST", "account/tokens", "signed in", tokens.answer),
    Row("POST", "account/tokens/revoke", "signed in", tokens.revoke),
)


def routes(site: Site) -> list[Route]:
    """The table as routes."""
    return [
        Route(site.addresses.path(row.path), partial(enter, site, row.right, row.answer), methods=[row.method])
        for row in ROWS
    ]
