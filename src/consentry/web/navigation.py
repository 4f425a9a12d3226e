"""The places of a signed-in person, in one table: what the frame of their pages leads to."""

from consentry.accounts.model import Account
from consentry.web.pages.views import Place
from consentry.web.site import Site

# Words and path, in their order. A page below one of these belongs to the longest that fits.
_PLACES: tuple[tuple[str, str], ...] = (
    ("Deployments", "dashboard"),
    ("Applications", "account"),
    ("API keys", "account/keys"),
    ("Account", "account/security"),
)


def places(site: Site, _account: Account, path: str) -> tuple[Place, ...]:
    """The navigation, on the page at that path."""
    fitting = [to for _, to in _PLACES if _within(path, site.addresses.path(to))]
    here = max(fitting, key=len, default=None)
    return tuple(Place(words, site.addresses.path(to), current=to == here) for words, to in _PLACES)


def _within(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")
