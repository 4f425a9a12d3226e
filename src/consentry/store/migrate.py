"""Migrations: numbered SQL, forward only, each in the transaction that records it."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

_NAME = re.compile(r"(\d{4})_\w+\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    sql: str


@cache
def _all() -> tuple[Migration, ...]:
    folder = resources.files("consentry.store") / "migrations"
    found = [
        Migration(int(match[1]), entry.name, entry.read_text())
        for entry in folder.iterdir()
        if (match := _NAME.fullmatch(entry.name))
    ]
    return tuple(sorted(found, key=lambda migration: migration.number))


def migrations() -> list[Migration]:
    """All of them, in order."""
    return list(_all())


def statements(sql: str) -> list[str]:
    """The statements of a migration, which are parted by a semicolon at the end of a line."""
    plain = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    return [statement.strip() for statement in re.split(r";\s*(?:\n|$)", plain) if statement.strip()]
