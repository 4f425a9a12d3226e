"""Metadata documents of clients."""

from typing import Literal

from consentry.clients.copies import Copy
from consentry.clients.logos import Logo
from consentry.store.driver import Driver, Row

_COLUMNS = "client_id, document, origin, obtained_at, fresh_until"
_ANEW = (
    "document = excluded.document, origin = excluded.origin, obtained_at = excluded.obtained_at,"
    " fresh_until = excluded.fresh_until"
)

_LOGO = "client_id, uri, digest, media_type, image"

Shelf = Literal["client_documents", "pinned_documents"]


class DocumentVerbs:
    db: Driver

    async def keep_copy(self, copy: Copy) -> None:
        await self._keep("client_documents", copy)

    async def find_copy(self, client_id: str) -> Copy | None:
        return await self._find("client_documents", client_id)

    async def list_copies(self) -> list[Copy]:
        return await self._list("client_documents")

    async def pin(self, copy: Copy) -> None:
        await self._keep("pinned_documents", copy)

    async def find_pin(self, client_id: str) -> Copy | None:
        return await self._find("pinned_documents", client_id)

    async def list_pins(self) -> list[Copy]:
        return await self._list("pinned_documents")

    async def keep_logo(self, logo: Logo) -> None:
        await self.remove_logo(logo.client_id)
        await self.db.run(
            f"INSERT INTO client_logos ({_LOGO}) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (client_id) DO NOTHING",
            logo.client_id,
            logo.uri,
            logo.digest,
            logo.media_type,
            logo.image,
        )

    async def find_logo(self, client_id: str) -> Logo | None:
        row = await self.db.one(f"SELECT {_LOGO} FROM client_logos WHERE client_id = $1", client_id)
        return Logo(*row) if row else None

    async def find_logo_by_digest(self, digest: str) -> Logo | None:
        row = await self.db.one(f"SELECT {_LOGO} FROM client_logos WHERE digest = $1", digest)
        return Logo(*row) if row else None

    async def remove_logo(self, client_id: str) -> None:
        await self.db.run("DELETE FROM client_logos WHERE client_id = $1", client_id)

    async def _keep(self, shelf: Shelf, copy: Copy) -> None:
        await self.db.run(
            f"INSERT INTO {shelf} ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5)"
            f" ON CONFLICT (client_id) DO UPDATE SET {_ANEW}",
            copy.client_id,
            copy.text,
            copy.origin,
            copy.obtained_at,
            copy.fresh_until,
        )

    async def _find(self, shelf: Shelf, client_id: str) -> Copy | None:
        row = await self.db.one(f"SELECT {_COLUMNS} FROM {shelf} WHERE client_id = $1", client_id)
        return _copy(row) if row else None

    async def _list(self, shelf: Shelf) -> list[Copy]:
        return [_copy(row) for row in await self.db.all(f"SELECT {_COLUMNS} FROM {shelf} ORDER BY client_id")]


def _copy(row: Row) -> Copy:
    return Copy(row[0], row[1], row[2], row[3], row[4])
