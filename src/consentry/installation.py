"""An installation: its settings, its database, its key. What the server and every command open first."""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from consentry import keys
from consentry.addresses import Addresses
from consentry.grants.terms import Terms
from consentry.keys import KeyPolicy, Signer, SigningKey
from consentry.limiting import pace_of
from consentry.sealing import SHORTEST_KEY, Sealer
from consentry.settings import Settings, SettingsError
from consentry.store import Store, StoreError, Transaction
from consentry.store.sqlite import SQLiteStore
from consentry.tokens import Entropy

if TYPE_CHECKING:
    from consentry.store.redis import Redis

Clock = Callable[[], int]
KEY_FILE = "secret_key"


def epoch_seconds() -> int:
    return int(time.time())


@dataclass(frozen=True, slots=True)
class Installation:
    """Open: the store has its connection, the key is known."""

    settings: Settings
    addresses: Addresses
    store: Store
    sealer: Sealer
    terms: Terms
    key_policy: KeyPolicy
    signer: Signer
    clock: Clock
    entropy: Entropy
    redis: "Redis | None" = None

    async def prepare(self) -> list[str]:
        """Brings the database up to date, sees to it that there is a signing key; the names of migrations taken."""
        taken = await self.store.migrate(self.clock())
        await self.tend_keys()
        return [migration.name for migration in taken]

    async def tend_keys(self) -> bool:
        """Makes the next signing key where one is due; whether it did. Any number of processes may do so at once."""
        now, policy = self.clock(), self.key_policy
        succession = keys.due(await self.store.read(_list_keys), self.sealer, policy, now)
        if succession is None:
            return False
        fresh = keys.make(self.sealer, policy.algorithm, now, succession.signs_from)

        async def work(tx: Transaction) -> bool:
            return await keys.succeed(tx, succession, fresh, policy, now)

        return await self.store.write(work)

    async def aclose(self) -> None:
        """Closes the store."""
        await self.store.aclose()
        if self.redis is not None:
            await self.redis.aclose()

    async def require_current(self) -> None:
        """Refuses a database that still has to be migrated."""
        pending = await self.store.pending()
        if pending:
            sentence = f"{self.store.place} is not up to date ({pending[0].name} is missing): run `consentry init`."
            raise StoreError(sentence)


def open_installation(
    settings: Settings, *, clock: Clock = epoch_seconds, entropy: Entropy = os.urandom
) -> Installation:
    """Makes the data folder and the key where there are none. To be called in the thread that will use the store."""
    store, keys_given = _open_sqlite(settings, entropy) if settings.sqlite else _open_postgres(settings)
    sealer = Sealer(tuple(key.encode() for key in keys_given), entropy)
    terms = Terms(
        access_token_ttl=settings.access_token_ttl,
        refresh_token_ttl=settings.refresh_token_ttl,
        refresh_token_idle_ttl=settings.refresh_token_idle_ttl,
        code_ttl=settings.code_ttl,
        refresh_grace=settings.refresh_grace,
        sealer=sealer,
        entropy=entropy,
        pace=pace_of(settings),
        confidential_refresh=settings.confidential_refresh,
        revocation_cascade=settings.revocation_cascade,
        client_credentials=settings.client_credentials,
        pushed_request_ttl=settings.pushed_request_ttl,
        require_pushed_requests=settings.require_pushed_authorization_requests,
        device_authorization=settings.device_authorization,
        device_code_ttl=settings.device_code_ttl,
    )
    addresses = Addresses(settings.public_url, settings.mcp_template, settings.resource_metadata == "appended")

    async def read_keys() -> list[SigningKey]:
        return await store.read(_list_keys)

    policy = KeyPolicy(settings.signing_algorithm, settings.signing_key_max_age, settings.access_token_ttl)
    signer = Signer(addresses.issuer, policy.algorithm, sealer, read_keys, clock)
    redis = _open_redis(settings.redis_url) if settings.redis_url else None
    return Installation(settings, addresses, store, sealer, terms, policy, signer, clock, entropy, redis)


async def _list_keys(tx: Transaction) -> list[SigningKey]:
    return await tx.list_signing_keys()


def _open_postgres(settings: Settings) -> tuple[Store, tuple[str, ...]]:
    from consentry.store.postgres import PostgresStore  # noqa: PLC0415 - a driver that commands on SQLite do without

    return PostgresStore(settings.database_url or "", settings.postgres_connections), settings.secret_key


def _open_redis(url: str) -> "Redis":
    from consentry.store.redis import Redis  # noqa: PLC0415 - what no command needs where there is none

    return Redis(url)


def _open_sqlite(settings: Settings, entropy: Entropy) -> tuple[Store, tuple[str, ...]]:
    _make_folder(settings.database_path.parent, "data_dir" if settings.database_url is None else "database_url")
    store = SQLiteStore(settings.database_path, settings.sqlite_synchronous)
    try:
        return store, settings.secret_key or (_key_of(settings.folder, store, entropy),)
    except BaseException:
        store.close()
        raise


def _make_folder(folder: Path, setting: str) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise SettingsError(f"{folder} is no folder: set {setting} to one.") from error
    except OSError as error:
        raise SettingsError(f"{folder} cannot be made ({error.strerror}): set {setting} to one that can.") from error


def _key_of(folder: Path, store: SQLiteStore, entropy: Entropy) -> str:
    """The key in the data folder. Of processes that start at once, the first to link its file makes the key of all."""
    file = folder / KEY_FILE
    _make_folder(folder, "data_dir")
    # Asked before we look for the key: who brings a database up to date has linked its key before.
    settled = not store.empty
    try:
        if not file.exists():
            if settled:
                # A fresh key would open nothing of it: the signing keys, and every refresh token on its way.
                raise SettingsError(
                    f"{file} is missing, and {store.path} was made with it: put the key back (or give it as "
                    "secret_key). Removing the database starts anew."
                )
            _link(file, entropy(32).hex())
        text = file.read_text(errors="replace").strip()
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}. Set secret_key, or mend the rights of data_dir.") from error
    if len(text) < SHORTEST_KEY:
        raise SettingsError(f"{file} holds no key: put the key back, or remove the file to have a new one made.")
    return text


def _link(file: Path, text: str) -> None:
    """Makes the file whole and at once, or leaves the one that is there."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            opened.write(text + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(draft)
        _sync_folder(file.parent)
    finally:
        draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """So that the name of a new file survives a power cut as its content does."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
