"""The files that pages link to, addressed by their content so that they can be cached for ever."""

import hashlib
from functools import cache
from pathlib import Path

STATIC_DIRECTORY = Path(__file__).parent.parent / "static"


def address(prefix: str, name: str) -> str:
    """`{prefix}/static/{name}?v={first of the content's SHA-256}`."""
    return f"{prefix}/static/{name}?v={_version(name)}"


@cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC_DIRECTORY / name).read_bytes()).hexdigest()[:12]
