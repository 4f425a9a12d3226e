"""consentry cimd."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from consentry.clients import shipped
from tests.bench import Bench
from tests.cli.commands import Commands

CLAUDE = "https://claude.ai/oauth/mcp-oauth-client-metadata"
URL = "https://client.example/oauth/client.json"


def document(client_id: str = URL, **changes: Any) -> dict[str, Any]:
    return {"client_id": client_id, "client_name": "Agent", "redirect_uris": ["http://localhost/cb"]} | changes


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "client.json"
    path.write_text(json.dumps(document()))
    return path


class Published(ThreadingHTTPServer):
    """A web server on this machine with one document, or with a failure where it is None."""

    text: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/client.json"


class _Answer(BaseHTTPRequestHandler):
    server: Published

    def do_GET(self) -> None:
        body = (self.server.text or "").encode()
        self.send_response(403 if self.server.text is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


@pytest.fixture
def published() -> Iterator[Published]:
    with Published(("127.0.0.1", 0), _Answer) as server:
        server.text = json.dumps(document(server.url))
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_what_ships_is_listed_with_its_date(commands: Commands) -> None:
    commands.init()
    (listed,) = commands.answers("cimd", "list")
    assert listed == {
        "client_id": CLAUDE,
        "client_name": "Claude",
        "in_use": None,
        "obtained_at": None,
        "fresh_until": None,
        "pinned": "shipped",
        "pinned_at": shipped.documents()[CLAUDE].obtained_at,
    }
    said = commands.says("cimd", "list")
    assert "not yet" in said
    assert "shipped, 2026-08-14" in said


def test_a_file_is_imported_and_listed(commands: Commands, file: Path) -> None:
    made = commands.init().answers("cimd", "import", str(file))
    assert (made["client_id"], made["client_name"], made["pinned"], made["in_use"]) == (URL, "Agent", "imported", None)
    assert [one["client_id"] for one in commands.answers("cimd", "list")] == [CLAUDE, URL]
    assert commands.events("client:document:pinned") == [("client:document:pinned", "")]
    file.write_text(json.dumps(document(client_name="Renamed")))
    assert "Renamed" in commands.says("cimd", "import", str(file))
    assert [one["client_name"] for one in commands.answers("cimd", "list")] == ["Claude", "Renamed"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nonsense", "holds no client metadata document"),
        ("[]", "holds no client metadata document"),
        ('{"client_name": "x"}', "holds no client metadata document"),
        ('{"client_id": "client_1"}', "holds no client metadata document"),
        (json.dumps(document(client_secret="x")), "holds a client secret"),
        (json.dumps(document(redirect_uris=[])), "redirect_uris must be"),
        (json.dumps(document("https://client.example/")), "it has no path"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_why(commands: Commands, file: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    assert sentence in commands.init().fails("cimd", "import", str(file))
    assert len(commands.answers("cimd", "list")) == 1


def test_a_file_that_cannot_be_read_is_named(commands: Commands, tmp_path: Path) -> None:
    commands.init()
    assert "nowhere.json: No such file" in commands.fails("cimd", "import", str(tmp_path / "nowhere.json"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert "not JSON in UTF-8" in commands.fails("cimd", "import", str(tmp_path / "binary"))


def test_a_document_is_imported_from_its_address_and_refreshed_from_there(
    commands: Commands, published: Published
) -> None:
    made = commands.init().answers("cimd", "import", published.url)
    assert (made["client_id"], made["pinned"]) == (published.url, "imported")
    published.text = json.dumps(document(published.url, client_name="Renamed"))
    assert commands.answers("cimd", "refresh", published.url) == [
        {"client_id": published.url, "current": True, "reason": ""}
    ]
    (listed,) = [one for one in commands.answers("cimd", "list") if one["client_id"] == published.url]
    assert (listed["client_name"], listed["in_use"], listed["pinned"]) == ("Renamed", "fetched", "imported")
    assert commands.answers("client", "show", published.url)["source"] == "document"
    published.text = None
    (outcome,) = commands.answers("cimd", "refresh", published.url)
    assert (outcome["current"], "403" in outcome["reason"]) == (False, True)
    assert "stays as it was" in commands.says("cimd", "refresh", published.url)
    assert "Save the document with a browser" in commands.fails("cimd", "import", published.url)


def test_a_url_that_can_be_no_client_id_is_said_so(commands: Commands) -> None:
    commands.init()
    assert "it has no path" in commands.fails("cimd", "import", "https://client.example/")
    assert "must be https" in commands.fails("cimd", "import", "http://client.example/x")


def test_a_client_with_a_url_is_shown_and_deleted_like_any(commands: Commands, published: Published) -> None:
    commands.init().says("cimd", "refresh", published.url)
    assert "its document" in commands.says("client", "show", published.url)
    assert "its document" in commands.says("client", "list")

    async def connect(bench: Bench) -> None:
        await bench.as_client(published.url).connect()

    commands.lived(connect)
    (grant,) = commands.answers("grant", "list")
    assert (grant["client_id"], grant["client_name"]) == (published.url, "Agent")
    assert f"Agent ({published.url})" in commands.says("grant", "show", grant["id"])
    assert commands.answers("client", "delete", published.url)["grants_ended"] == 1
    assert "client deleted" in commands.says("grant", "list")
