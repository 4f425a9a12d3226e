"""Every client that is played, by name, and the rows of which too little is known."""

from collections.abc import Mapping
from types import MappingProxyType

from dev.simulators.client import Client, NotPlayed
from dev.simulators.rows import claude, editors, openai, sdks, tools

CLIENTS: Mapping[str, Client] = MappingProxyType(
    {client.name: client for client in (*claude.PLAYED, *openai.PLAYED, *editors.PLAYED, *tools.PLAYED, *sdks.PLAYED)}
)
NOT_PLAYED = (
    NotPlayed(
        "Antigravity", "only its callback is known, from a third party; not how it registers or what it asks for"
    ),
    NotPlayed("Zed", "its document's address is known, but neither its callback nor what the document holds"),
)
