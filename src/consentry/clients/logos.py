"""The logo of a client with a document: fetched once, kept, and shown by an address of our own (CIMD §6.7).

A picture that a browser fetched from elsewhere would tell a stranger who is about to consent, and could be another
one for each person.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from consentry.clients.model import Client
from consentry.spec import images, uris
from consentry.spec.retrieval import Bounds, Fetched

BOUNDS = Bounds(most_bytes=64 * 1024, seconds=3.0, accept="image/png, image/webp, image/jpeg, image/gif")
MOST_PIXELS_A_SIDE = 1024


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture, and where it was had from. `digest` is its name with us."""

    client_id: str
    uri: str
    digest: str
    media_type: str
    image: bytes


class LogoTransaction(Protocol):
    """What logos need of a transaction."""

    async def keep_logo(self, logo: Logo) -> None: ...

    async def find_logo(self, client_id: str) -> Logo | None: ...

    async def find_logo_by_digest(self, digest: str) -> Logo | None: ...

    async def remove_logo(self, client_id: str) -> None: ...


def uri_of(client: Client) -> str | None:
    """Where a document says that the logo is, if it is somewhere that may be asked."""
    uri = (client.metadata or {}).get("logo_uri")
    parts = uris.split(uri) if isinstance(uri, str) else None
    return uri if isinstance(uri, str) and parts is not None and parts.scheme == "https" else None


def read(client_id: str, fetched: Fetched) -> Logo | None:
    """The logo in an answer. What it is, its bytes say, not its sender; one that is huge when unpacked is none."""
    image = images.read(fetched.body)
    if image is None or not all(0 < side <= MOST_PIXELS_A_SIDE for side in (image.width, image.height)):
        return None
    return Logo(client_id, fetched.url, sha256(fetched.body).hexdigest()[:32], image.media_type, fetched.body)
