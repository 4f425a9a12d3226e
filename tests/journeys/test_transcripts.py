"""Real clients and real servers say the same to each other through the gateway, with every tool rule on, as without."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx2
import pytest
from anyio import to_thread
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitRequestParams, ElicitResult

from consentry.app import Application
from consentry.demo import reminders, textkit
from consentry.deployments import scope_map
from consentry.deployments.model import Deployment
from consentry.grants import api_key
from consentry.grants.api_key import NewKey, Wanted
from consentry.installation import Installation, open_installation
from consentry.settings import Settings
from consentry.store.sql import Transaction
from tests.builders import NOW, account
from tests.gateway.serving import serving
from tests.load import typescript
from tests.ports import reserved

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

EVERYTHING = Path(__file__).resolve().parents[2] / ".venv-clients" / "everything"
# No scope opens everything by itself, so that each body is read, and each tool has to be known.
MAP = scope_map.parse(["reading=@read", "rest=@write,@destructive"])
GRANTED = "reading rest"

Calls = list[tuple[str, dict[str, Any]]]
REMINDERS: Calls = [
    ("add_reminder", {"text": "milk"}),
    ("add_reminder", {"text": "ünï \u2028 " + "x" * 400}),
    ("list_reminders", {}),
    ("plan_week", {"seconds": 0.05}),
    ("delete_reminder", {"id": 1}),
    ("delete_reminder", {"id": 1}),
    ("no_such_tool", {}),
    ("add_reminder", {}),
]
TEXTKIT: Calls = [("count_words", {"text": "one two"}), ("slugify", {"text": "Ä b"}), ("slugify", {})]
REFERENCE: Calls = [
    ("echo", {"message": "hello"}),
    ("get-sum", {"a": 2, "b": 3}),
    ("get-structured-content", {"location": "New York"}),
    ("get-annotated-message", {"messageType": "error", "includeImage": True}),
    ("get-resource-links", {"count": 2}),
    ("trigger-long-running-operation", {"duration": 0.05, "steps": 3}),
    ("get-sum", {"a": "x"}),
]
Kind = Literal["reminders", "textkit", "everything"]
CALLS: dict[Kind, Calls] = {"reminders": REMINDERS, "textkit": TEXTKIT, "everything": REFERENCE}


@dataclass
class Ground:
    """An installation that is served; servers are put behind it as tests want them."""

    installation: Installation
    numbers: "count[int]"

    async def put(self, upstream: str, granted: str = GRANTED) -> tuple[str, str]:
        """The MCP URL of a new deployment, and a key that opens as much of it."""
        number = next(self.numbers)

        async def work(tx: Transaction) -> NewKey | object:
            made = Deployment(
                f"d_{number}", f"s{number}", "S", upstream, "account_1", "owner", NOW, scope_map=MAP, hide_tools=True
            )
            await tx.add_deployment(made)
            resource = made.resource_at(self.installation.addresses)
            wanted = Wanted(account(), made, resource, granted, "Transcript", None)
            return await api_key.create(tx, wanted, self.installation.entropy, NOW)

        made = await self.installation.store.write(work)
        assert isinstance(made, NewKey), made
        return self.installation.addresses.mcp_url(f"s{number}"), made.secret.reveal()


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Ground]:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = Settings.model_validate({"public_url": url, "data_dir": tmp_path_factory.mktemp("data")})
    installation = open_installation(settings, clock=lambda: NOW)
    await installation.prepare()
    await installation.store.write(lambda tx: tx.add_account(account()))
    async with serving(Application(installation), lifespan="on", listener=listener):
        yield Ground(installation, count(1))
    await installation.aclose()


@pytest.fixture(scope="module")
async def everything(anyio_backend: str) -> AsyncIterator[str]:
    """The reference server of npm, which exercises whatever MCP has."""
    program = EVERYTHING / "node_modules/@modelcontextprotocol/server-everything/dist/index.js"
    assert program.exists(), f"{EVERYTHING} is missing: `make clients` builds it."
    command = (typescript.node(), str(program), "streamableHttp")
    with (
        reserved() as port,
        subprocess.Popen(
            command,
            env=os.environ | {"PORT": str(port)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # the wheel's `node` is a parent of the real one, which would outlive it
        ) as process,
    ):
        assert process.stderr is not None
        said = b""
        while b"listening on port" not in said:
            said = await to_thread.run_sync(process.stderr.readline)
            assert said, "the server ended before it listened"
        yield f"http://127.0.0.1:{port}/mcp"
        os.killpg(process.pid, signal.SIGKILL)


@asynccontextmanager
async def server(kind: Kind, everything: str) -> AsyncIterator[str]:
    """A server that nobody has spoken to: what it remembers would show in the transcript."""
    if kind == "everything":
        yield everything
        return
    app = reminders.app() if kind == "reminders" else textkit.app()
    async with serving(app, lifespan="on") as url:
        yield f"{url}/mcp"


async def transcript(url: str, key: str | None, mode: str, calls: Calls) -> list[object]:
    """All that the official Python client is told."""
    told: list[object] = []

    def tell(answer: Any) -> None:
        told.append(
            answer.model_dump(mode="json", exclude={"cache_scope"}) if hasattr(answer, "model_dump") else answer
        )

    async def on_question(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        tell(params)
        return ElicitResult(action="decline")

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        tell([progress, total, message])

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode=mode, elicitation_callback=on_question, cache=None) as client:
            told += [client.protocol_version, client.instructions]
            tell(client.server_info)
            tell(client.server_capabilities)
            tell(await client.list_tools())
            for name, arguments in calls:
                try:
                    tell(await client.call_tool(name, arguments, progress_callback=on_progress))
                except MCPError as error:
                    tell([error.error.code, error.error.message])
            if client.server_capabilities.prompts is not None:
                tell(await client.list_prompts())
            if client.server_capabilities.resources is not None:
                tell(await client.list_resource_templates())
    return told


@pytest.mark.proves("G9", "G10", "G11")
@pytest.mark.parametrize(
    ("kind", "mode", "revision"),
    [
        ("reminders", "legacy", "2025-11-25"),
        ("reminders", "auto", "2026-07-28"),
        ("textkit", "legacy", "2025-11-25"),
        ("textkit", "auto", "2026-07-28"),
        ("everything", "legacy", "2025-11-25"),
        ("everything", "auto", "2025-11-25"),
    ],
)
async def test_the_python_client_is_told_the_same_as_without_the_gateway(
    ground: Ground, everything: str, kind: Kind, mode: str, revision: str
) -> None:
    calls = CALLS[kind] + ([("trigger-elicitation-request", {})] if kind == "everything" else [])
    async with server(kind, everything) as url:
        direct = await transcript(url, None, mode, calls)
    async with server(kind, everything) as url:
        passed = await transcript(*await ground.put(url), mode, calls)
    assert direct[0] == revision
    assert len(direct) > len(calls)
    assert passed == direct


async def typescript_transcript(flavour: str, url: str, key: str | None, calls: Calls) -> list[Any]:
    text = (Path(__file__).parent / "transcripts.mjs").read_text()
    command = (typescript.node(), "--input-type=module", "--eval", text, flavour, url, key or "", json.dumps(calls))
    with anyio.fail_after(60):
        done = await anyio.run_process(command, cwd=typescript.ENVIRONMENT, stderr=None)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    lines[1].pop("cacheScope", None)
    return lines


@pytest.mark.proves("G9", "G10", "G11")
@pytest.mark.parametrize(("flavour", "kind"), [("sdk", "reminders"), ("client", "reminders"), ("sdk", "everything")])
async def test_the_typescript_clients_are_told_the_same_as_without_the_gateway(
    ground: Ground, everything: str, flavour: str, kind: Kind
) -> None:
    async with server(kind, everything) as url:
        direct = await typescript_transcript(flavour, url, None, CALLS[kind])
    async with server(kind, everything) as url:
        passed = await typescript_transcript(flavour, *await ground.put(url), CALLS[kind])
    assert len(direct) == 2 + len(CALLS[kind])
    assert passed == direct


@pytest.mark.proves("G16")
async def test_the_reference_server_s_tools_are_hidden_and_refused_by_what_they_say_of_themselves(
    ground: Ground, everything: str
) -> None:
    listed = (await transcript(everything, None, "legacy", []))[4]
    assert isinstance(listed, dict)
    reading = {
        tool["name"] for tool in listed["tools"] if (tool.get("annotations") or {}).get("read_only_hint") is True
    }
    assert reading
    assert reading < {tool["name"] for tool in listed["tools"]}
    shown = (await transcript(*await ground.put(everything, "reading"), "legacy", []))[4]
    assert isinstance(shown, dict)
    assert {tool["name"] for tool in shown["tools"]} == reading
