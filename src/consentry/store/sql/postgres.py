"""Where PostgreSQL does in one statement what the shared verbs do in several."""

from typing import Protocol

from consentry.grants.model import Purchase, Reuse, Rotation
from consentry.store.driver import Driver, Row, Value
from consentry.store.sql import Transaction, grants, tokens
from consentry.store.sql.rows import ACCESS_TOKENS, EVENTS, GRANTS, REFRESH_TOKENS

_SWEEP_LOCK = 0x73776570  # any number of our own: "swep"


class WholeDriver(Driver, Protocol):
    """A driver that can send a statement which is a whole transaction."""

    async def whole(self, sql: str, *values: Value) -> Row | None: ...


class PostgresTransaction(Transaction):
    """The verbs that are one round trip here, commit included. The foreign keys are checked at the statement's end."""

    def __init__(self, db: WholeDriver) -> None:
        super().__init__(db)
        self._whole = db.whole

    async def spend_code(self, purchase: Purchase, now: int) -> bool:
        refresh = purchase.refresh
        row = await self._whole(
            _BUY if refresh is None else _BUY_WITH_REFRESH,
            purchase.code,
            now,
            purchase.grant.id,
            *GRANTS.row(purchase.grant),
            *ACCESS_TOKENS.row(purchase.access),
            *EVENTS.row(purchase.event),
            *(() if refresh is None else REFRESH_TOKENS.row(refresh)),
        )
        return row is not None

    async def spend_refresh_token(self, rotation: Rotation, now: int) -> bool:
        keys = rotation.access.format == "api_key"
        row = await self._whole(
            _ROTATE_KEYS if keys else _ROTATE,
            *tokens.spent(rotation, now),
            *((rotation.predecessor_seal_until,) if keys else ()),
            *REFRESH_TOKENS.row(rotation.successor),
            *ACCESS_TOKENS.row(rotation.access),
            *EVENTS.row(rotation.event),
        )
        return row is not None

    async def reuse_refresh_token(self, reuse: Reuse) -> bool:
        if reuse.access.format == "api_key":
            return await super().reuse_refresh_token(reuse)
        values = *tokens.reused(reuse), *ACCESS_TOKENS.row(reuse.access), *EVENTS.row(reuse.event)
        return await self._whole(_REUSE, *values) is not None

    async def sweep(self, now: int, most: int, calls_before: int = 0) -> int:
        """One replica at a time: two that delete the same rows in different orders would wait for each other."""
        row = await self.db.returning("SELECT pg_try_advisory_xact_lock($1)", _SWEEP_LOCK)
        return await super().sweep(now, most, calls_before) if row and row[0] else 0


def _chain(first: str, *inserts: tuple[str, str]) -> str:
    """`WITH spent AS (UPDATE … RETURNING), … SELECT`: the inserts take place for the row that was spent, or not."""
    added = ", ".join(f"{name} AS ({sql})" for name, sql in inserts)
    return f"WITH spent AS ({first} RETURNING 1), {added} SELECT 1 FROM spent"


def _buy(*, with_refresh: bool) -> str:
    access = 4 + len(GRANTS.columns)
    event = access + len(ACCESS_TOKENS.columns)
    inserts = [
        ("bought", GRANTS.insert_if("spent", 4)),
        ("access", ACCESS_TOKENS.insert_if("spent", access)),
        ("told", EVENTS.insert_if("spent", event)),
    ]
    if with_refresh:
        inserts.append(("refresh", REFRESH_TOKENS.insert_if("spent", event + len(EVENTS.columns))))
    return _chain(f"UPDATE codes SET spent_at = $2, grant_id = $3 WHERE {grants.SPENDABLE}", *inserts)


def _rotate(*, keys: bool) -> str:
    added = 8 if keys else 7
    access = added + len(REFRESH_TOKENS.columns)
    event = access + len(ACCESS_TOKENS.columns)
    # $7 is the end of the grace; the key that this very statement adds is not seen by it.
    ended = (
        "UPDATE access_tokens SET expires_at = $7 WHERE format = 'api_key' AND expires_at > $7"
        f" AND grant_id = CAST(${access + 1} AS TEXT) AND EXISTS (SELECT 1 FROM spent)"
    )
    return _chain(
        tokens.SPEND,
        *([("ended", ended)] if keys else []),
        ("added", REFRESH_TOKENS.insert_if("spent", added)),
        ("access", ACCESS_TOKENS.insert_if("spent", access)),
        ("told", EVENTS.insert_if("spent", event)),
    )


def _reuse() -> str:
    event = 5 + len(ACCESS_TOKENS.columns)
    access, told = ACCESS_TOKENS.insert_if("spent", 5), EVENTS.insert_if("spent", event)
    return _chain(tokens.REUSE, ("access", access), ("told", told))


_BUY = _buy(with_refresh=False)
_BUY_WITH_REFRESH = _buy(with_refresh=True)
_ROTATE = _rotate(keys=False)
_ROTATE_KEYS = _rotate(keys=True)
_REUSE = _reuse()
