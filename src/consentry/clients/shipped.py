"""Metadata documents that come with the program, each with its date; they stand in where an address refuses us."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from consentry.clients.copies import Copy

FILE = "pinned_documents.json"


@cache
def documents() -> Mapping[str, Copy]:
    """By client_id."""
    listed = json.loads((resources.files("consentry.clients") / FILE).read_text())["documents"]
    return MappingProxyType({one["document"]["client_id"]: _copy(one) for one in listed})


def _copy(one: Mapping[str, Any]) -> Copy:
    document = one["document"]
    as_of = datetime.fromisoformat(one["as_of"]).replace(tzinfo=UTC)
    return Copy(document["client_id"], json.dumps(document), "shipped", int(as_of.timestamp()))
