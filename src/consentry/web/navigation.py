"""The places of a signed-in person, in one table: what the frame of their pages leads to."""

from consentry.accounts.model import Account
from consentry.web.pages.views import Place
from consentry.web.site import Site

# Words and path, in their order. A page below one of these belongs to the longest that fits.
_PLACES: tuple[tuple[str, str], ...] = (
    ("Deployments", "dashboard"),
    ("Applications", "account"),
    ("API keys", "account/keys"),
    ("Access tokens", "account/tokens"),
    ("Activity", "account/activity"),
    ("Account", "account/security"),
)


# For operators: who is here, and where strangers' applications wait for them.
_PEOPLE = ("People", "dashboard/people")
_APPROVAL = ("Waiting", "dashboard/waiting")


def places(site: Site, account: Account, path: str) -> tuple[Place, ...]:
    """The navigation, on the page at that path."""
    approves = account.operator and site.registration.kind == "approval"
    offered = (*_PLACES, *((_PEOPLE,) if account.operator else ()), *((_APPROVAL,) if approves else ()))
    fitting = [to for _, to in offered if _within(path, site.addresses.path(to))]
    here = max(fitting, key=len, default=None)
    return tuple(Place(words, site.addresses.path(to), current=to == here) for words, to in offered)


def _within(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")
