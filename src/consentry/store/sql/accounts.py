"""Accounts, sessions and sign-in attempts."""

from consentry.accounts.model import Account, Session, SignedIn, email_key
from consentry.accounts.people import After, Found
from consentry.store.driver import Driver, Row
from consentry.tokens import Digest

ACCOUNT = (
    "a.id, a.email, a.name, a.password_hash, a.operator, a.created_at, a.verified_at, a.disabled_at,"
    " a.second_factor_at, a.plan"
)
# Changes nothing, and holds the row.
HOLD = "UPDATE accounts SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NULL"
_SESSION = "s.digest, s.account_id, s.created_at, s.expires_at, s.network, s.browser, s.amr"


class AccountVerbs:
    db: Driver

    async def add_account(self, account: Account) -> bool:
        """False where the address is taken."""
        added = await self.db.run(
            "INSERT INTO accounts (id, email, email_key, name, password_hash, operator, created_at, verified_at,"
            " disabled_at, plan) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (email_key) DO NOTHING",
            account.id,
            account.email,
            email_key(account.email),
            account.name,
            account.password_hash,
            int(account.operator),
            account.created_at,
            account.verified_at,
            account.disabled_at,
            account.plan,
        )
        return added == 1

    async def find_account(self, account_id: str) -> Account | None:
        row = await self.db.one(f"SELECT {ACCOUNT} FROM accounts a WHERE a.id = $1", account_id)
        return account_of(row) if row else None

    async def find_account_by_email(self, email_key: str) -> Account | None:
        row = await self.db.one(f"SELECT {ACCOUNT} FROM accounts a WHERE a.email_key = $1", email_key)
        return account_of(row) if row else None

    async def list_accounts(self) -> list[Account]:
        rows = await self.db.all(
            f"SELECT {ACCOUNT} FROM accounts a WHERE a.deleted_at IS NULL ORDER BY a.created_at, a.id"
        )
        return [account_of(row) for row in rows]

    async def find_people(self, search: str, after: After | None, most: int) -> Found:
        """The newest first, of those who have the text in their address or name; those who are deleted are gone."""
        if "\0" in search:  # PostgreSQL knows no such text
            return Found((), None)
        rows = await self.db.all(
            f"SELECT {ACCOUNT} FROM accounts a WHERE a.deleted_at IS NULL"
            " AND ($1 = '' OR a.email_key LIKE $2 ESCAPE '!' OR lower(a.name) LIKE $2 ESCAPE '!')"
            " AND (CAST($3 AS BIGINT) IS NULL OR a.created_at < $3 OR (a.created_at = $3 AND a.id < $4))"
            " ORDER BY a.created_at DESC, a.id DESC LIMIT $5",
            search,
            f"%{containing(search.casefold())}%",
            after.created_at if after else None,
            after.account_id if after else "",
            most + 1,
        )
        people = tuple(account_of(row) for row in rows[:most])
        last = people[-1] if len(rows) > most else None
        return Found(people, After(last.created_at, last.id) if last else None)

    async def verify_account(self, account_id: str, now: int) -> bool:
        sql = "UPDATE accounts SET verified_at = $2 WHERE id = $1 AND verified_at IS NULL"
        return await self.db.run(sql, account_id, now) == 1

    async def disable_account(self, account_id: str, now: int) -> bool:
        """Also signs its browsers out, revokes its tokens, and forgets the codes and links on their way."""
        # The account's row first: what is being made meanwhile, be it a session or a token, is seen here or never kept.
        sql = "UPDATE accounts SET disabled_at = $2, codes_void_at = $2 WHERE id = $1 AND disabled_at IS NULL"
        disabled = await self.db.run(sql, account_id, now) == 1
        await self.db.run("DELETE FROM links WHERE account_id = $1", account_id)
        await self.db.run("DELETE FROM sessions WHERE account_id = $1", account_id)
        await self.db.run("DELETE FROM codes WHERE account_id = $1 AND spent_at IS NULL", account_id)
        await self.db.run("DELETE FROM personal_tokens WHERE account_id = $1", account_id)
        return disabled

    async def erase_account(self, account_id: str, now: int) -> bool:
        """Leaves an id, which what is kept points to, with nothing of a person; False where it was erased before."""
        await self.db.run(
            "DELETE FROM invitations WHERE email_key = (SELECT email_key FROM accounts WHERE id = $1)", account_id
        )
        for table in ("sessions", "links", "letters", "second_factors", "recovery_codes"):
            await self.db.run(f"DELETE FROM {table} WHERE account_id = $1", account_id)
        await self.db.run("DELETE FROM codes WHERE account_id = $1 AND spent_at IS NULL", account_id)
        await self.db.run("UPDATE grants SET label = NULL WHERE account_id = $1", account_id)
        sql = (
            "UPDATE accounts SET email = id, email_key = id, name = '', password_hash = '', operator = 0,"
            " verified_at = NULL, second_factor_at = NULL, disabled_at = $2, codes_void_at = $2, deleted_at = $2"
            " WHERE id = $1 AND deleted_at IS NULL"
        )
        erased = await self.db.run(sql, account_id, now) == 1
        await self.db.run("DELETE FROM personal_tokens WHERE account_id = $1", account_id)
        return erased

    async def hold_account(self, account_id: str) -> bool:
        """Until the commit nobody else changes, closes or clears it; False where it is closed, or gone."""
        return await self.db.run(HOLD, account_id) == 1

    async def void_codes_of(self, account_id: str, now: int) -> None:
        """Those that wait for their exchange, wherever they are kept; and holds the account's row."""
        await self.db.run("UPDATE accounts SET codes_void_at = $2 WHERE id = $1", account_id, now)
        await self.db.run("DELETE FROM codes WHERE account_id = $1 AND spent_at IS NULL", account_id)

    async def enable_account(self, account_id: str) -> bool:
        """False where it was open."""
        sql = "UPDATE accounts SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL AND deleted_at IS NULL"
        return await self.db.run(sql, account_id) == 1

    async def set_plan(self, account_id: str, plan: str | None) -> None:
        await self.db.run("UPDATE accounts SET plan = $2 WHERE id = $1", account_id, plan)

    async def find_plan(self, account_id: str) -> str | None:
        """The name of the account's own plan."""
        row = await self.db.one("SELECT plan FROM accounts WHERE id = $1", account_id)
        return row[0] if row else None

    async def list_plans(self) -> list[str]:
        """The names that any account has."""
        rows = await self.db.all("SELECT DISTINCT plan FROM accounts WHERE plan IS NOT NULL ORDER BY plan")
        return [row[0] for row in rows]

    async def set_password_hash(self, account_id: str, password_hash: str) -> None:
        """Also signs its browsers out, and ends its links but those that keep its address its owner's."""
        # The account's row first: who signs in by the old one meanwhile holds it, and is signed out with the others.
        await self.db.run("UPDATE accounts SET password_hash = $2 WHERE id = $1", account_id, password_hash)
        await self.db.run("DELETE FROM links WHERE account_id = $1 AND purpose <> 'keep_email'", account_id)
        await self.db.run("DELETE FROM sessions WHERE account_id = $1", account_id)

    async def add_session(self, session: Session) -> None:
        await self.db.run(
            "INSERT INTO sessions (digest, account_id, created_at, expires_at, network, browser, amr)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            session.digest,
            session.account_id,
            session.created_at,
            session.expires_at,
            session.network,
            session.browser,
            session.amr,
        )

    async def drop_oldest_sessions(self, account_id: str, most: int) -> None:
        """All but so many."""
        await self.db.run(
            "DELETE FROM sessions WHERE account_id = $1 AND digest IN (SELECT digest FROM sessions"
            " WHERE account_id = $1 ORDER BY created_at DESC, digest LIMIT 1000 OFFSET $2)",
            account_id,
            most,
        )

    async def find_session(self, digest: Digest) -> SignedIn | None:
        row = await self.db.one(
            f"SELECT {_SESSION}, {ACCOUNT} FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.digest = $1",
            digest,
        )
        return SignedIn(_session(row), account_of(row[7:])) if row else None

    async def list_sessions(self, account_id: str, now: int) -> list[Session]:
        """The newest first."""
        rows = await self.db.all(
            f"SELECT {_SESSION} FROM sessions s WHERE s.account_id = $1 AND s.expires_at > $2"
            " ORDER BY s.created_at DESC, s.digest",
            account_id,
            now,
        )
        return [_session(row) for row in rows]

    async def end_sessions(self, account_id: str, *, only: Digest | None = None, keep: Digest | None = None) -> int:
        if only is not None:
            return await self.db.run("DELETE FROM sessions WHERE account_id = $1 AND digest = $2", account_id, only)
        kept = keep or b""
        return await self.db.run("DELETE FROM sessions WHERE account_id = $1 AND digest <> $2", account_id, kept)

    async def set_email(self, account_id: str, email: str, now: int) -> bool:
        return (
            await self.db.run(
                "UPDATE accounts SET email = $2, email_key = $3, verified_at = $4 WHERE id = $1"
                " AND NOT EXISTS (SELECT 1 FROM accounts o WHERE o.email_key = $3 AND o.id <> $1)",
                account_id,
                email,
                email_key(email),
                now,
            )
            == 1
        )

    async def remove_session(self, digest: Digest) -> None:
        await self.db.run("DELETE FROM sessions WHERE digest = $1", digest)

    async def count_attempt(self, key: Digest, now: int, window: int) -> tuple[int, int]:
        row = await self.db.returning(
            "INSERT INTO attempts (key, times, ends_at) VALUES ($1, 1, $3) ON CONFLICT (key) DO UPDATE SET"
            " times = CASE WHEN attempts.ends_at > $2 THEN attempts.times + 1 ELSE 1 END,"
            " ends_at = CASE WHEN attempts.ends_at > $2 THEN attempts.ends_at ELSE excluded.ends_at END"
            " RETURNING times, ends_at",
            key,
            now,
            now + window,
        )
        return (row[0], row[1]) if row else (0, now)

    async def count_of(self, key: Digest, now: int) -> int:
        """How many attempts stand in the window, if it has not ended."""
        row = await self.db.one("SELECT times FROM attempts WHERE key = $1 AND ends_at > $2", key, now)
        return row[0] if row else 0

    async def forget_attempts(self, key: Digest) -> None:
        """All of a key."""
        await self.db.run("DELETE FROM attempts WHERE key = $1", key)

    async def take_back_attempt(self, key: Digest) -> None:
        """One alone: others may be guessing in the same window."""
        await self.db.run("UPDATE attempts SET times = times - 1 WHERE key = $1 AND times > 0", key)


def containing(text: str) -> str:
    """For LIKE, with `!` before what it would take for more than itself."""
    return "".join(f"!{letter}" if letter in "!%_" else letter for letter in text)


def _session(row: Row) -> Session:
    return Session(Digest(row[0]), *row[1:7])


def account_of(row: Row) -> Account:
    return Account(row[0], row[1], row[2], row[3], bool(row[4]), *row[5:])
