"""Second factors and recovery codes."""

from consentry.accounts.second_factor import SecondFactor
from consentry.store.driver import Driver
from consentry.tokens import Digest


class SecondFactorVerbs:
    db: Driver

    async def find_second_factor(self, account_id: str) -> SecondFactor | None:
        row = await self.db.one("SELECT sealed, last_step FROM second_factors WHERE account_id = $1", account_id)
        return SecondFactor(row[0], row[1]) if row else None

    async def add_second_factor(self, account_id: str, factor: SecondFactor, now: int) -> bool:
        added = await self.db.run(
            "INSERT INTO second_factors (account_id, sealed, last_step) VALUES ($1, $2, $3)"
            " ON CONFLICT (account_id) DO NOTHING",
            account_id,
            factor.sealed,
            factor.last_step,
        )
        if added:
            await self.db.run("UPDATE accounts SET second_factor_at = $2 WHERE id = $1", account_id, now)
        return added == 1

    async def remove_second_factor(self, account_id: str) -> bool:
        await self.db.run("DELETE FROM recovery_codes WHERE account_id = $1", account_id)
        await self.db.run("UPDATE accounts SET second_factor_at = NULL WHERE id = $1", account_id)
        return await self.db.run("DELETE FROM second_factors WHERE account_id = $1", account_id) == 1

    async def spend_step(self, account_id: str, step: int) -> bool:
        sql = "UPDATE second_factors SET last_step = $2 WHERE account_id = $1 AND last_step < $2"
        return await self.db.run(sql, account_id, step) == 1

    async def set_recovery_codes(self, account_id: str, digests: tuple[Digest, ...]) -> None:
        await self.db.run("DELETE FROM recovery_codes WHERE account_id = $1", account_id)
        for digest in digests:
            sql = "INSERT INTO recovery_codes (digest, account_id) VALUES ($1, $2)"
            await self.db.run(sql, digest, account_id)

    async def spend_recovery_code(self, account_id: str, digest: Digest) -> bool:
        sql = "DELETE FROM recovery_codes WHERE digest = $2 AND account_id = $1"
        return await self.db.run(sql, account_id, digest) == 1

    async def count_recovery_codes(self, account_id: str) -> int:
        row = await self.db.one("SELECT count(*) FROM recovery_codes WHERE account_id = $1", account_id)
        return row[0] if row else 0
