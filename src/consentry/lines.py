"""A line of the log, a call or an event, as programs read it: the command line and the dashboard write the same."""

from typing import Protocol

from consentry.audit import Event
from consentry.calls import Call, Mark, Names, Sought


class LogTransaction(Protocol):
    """What reading a deployment's log needs of a transaction. A search gives the newest first, and where to go on."""

    async def search_calls(
        self, deployment_id: str, sought: Sought, before: Mark | None, most: int
    ) -> tuple[list[tuple[int, Call, Names]], Mark | None]: ...

    async def search_events(
        self, deployment_id: str, sought: Sought, before: Mark | None, most: int
    ) -> tuple[list[tuple[int, Event, Names]], Mark | None]: ...

    async def list_activity(self, account_id: str, before: int | None, most: int) -> list[tuple[int, Event, Names]]:
        """What happened to an account and to the deployments that it owns now: the newest first, with its number."""
        ...

    async def list_callers(self, deployment_id: str, most: int) -> list[tuple[str, str | None]]:
        """Clients that were ever let in, by id and name."""
        ...


def facts(of: Call | Event, names: Names) -> dict[str, object]:
    """As JSON has it."""
    named = {f"{name}_name" if name == "client" else name: value for name, value in names._asdict().items()}
    match of:
        case Call(tool=tool) as call:
            return {"kind": "call", **call._asdict(), "tool": tool or None, **named}
        case Event() as event:
            told = {name: getattr(event, name) for name in ("name", "at", "network", "reason", "detail")}
            ids = {name: getattr(event, name) for name in ("deployment_id", "account_id", "client_id", "grant_id")}
            return {"kind": "event", **told, "suspicious": event.suspicious, **ids, **named}


def told(of: Call | Event, names: Names, *, operates: bool) -> dict[str, object]:
    """The same for whoever manages the deployment: where a person who uses it sits is for operators alone to know."""
    return {name: value for name, value in facts(of, names).items() if operates or name not in {"network", "detail"}}
