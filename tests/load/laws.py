"""What holds of a database at any moment when nobody is writing to it."""

from consentry.tokens import Secret
from tests.load.callers import Caller
from tests.load.ground import Ground


async def one_live_end_each(ground: Ground) -> None:
    """No grant that stands has more than one unspent refresh token, or none."""
    wrong = await ground.rows(
        "SELECT g.id, COUNT(t.digest) FROM grants g"
        " LEFT JOIN refresh_tokens t ON t.grant_id = g.id AND t.spent_at IS NULL"
        " WHERE g.ended_at IS NULL GROUP BY g.id HAVING COUNT(t.digest) <> 1"
    )
    assert wrong == []


async def live_ends_are_held(ground: Ground, callers: list[Caller]) -> None:
    """Every live end is the token that a caller has stored, and every caller has one."""
    rows = await ground.rows(
        "SELECT t.digest FROM refresh_tokens t JOIN grants g ON g.id = t.grant_id"
        " WHERE t.spent_at IS NULL AND g.ended_at IS NULL ORDER BY t.digest"
    )
    assert sorted(bytes(row[0]) for row in rows) == sorted(Secret(caller.refresh_token).digest() for caller in callers)


async def no_orphan(ground: Ground) -> None:
    """A code is spent if and only if it bought a grant; each grant was bought by one code, with both its tokens."""
    halves = (
        "SELECT COUNT(*) FROM codes WHERE (spent_at IS NULL) <> (grant_id IS NULL)",
        "SELECT COUNT(*) FROM codes WHERE grant_id IS NOT NULL AND grant_id NOT IN (SELECT id FROM grants)",
        "SELECT COUNT(*) FROM grants g WHERE (SELECT COUNT(*) FROM codes c WHERE c.grant_id = g.id) <> 1",
        "SELECT COUNT(*) FROM grants g WHERE NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.grant_id = g.id)",
        "SELECT COUNT(*) FROM grants g WHERE NOT EXISTS (SELECT 1 FROM access_tokens t WHERE t.grant_id = g.id)",
    )
    assert [await ground.count(sql) for sql in halves] == [0] * len(halves)


async def repeats(ground: Ground) -> str:
    """How often a spent token came again, by the reason that was found."""
    rows = await ground.rows(
        "SELECT reason, COUNT(*) FROM events WHERE name = 'grant:token:repeated' GROUP BY reason ORDER BY reason"
    )
    return ", ".join(f"{count} by {reason}" for reason, count in rows) or "none"
