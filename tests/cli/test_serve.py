"""consentry serve: the ready line, the port, the signals, several workers."""

import json
import signal
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.cli.commands import Commands
from tests.cli.process import BOUND_SECONDS, Running, running

pytestmark = pytest.mark.slow


@pytest.fixture
def environment(commands: Commands) -> dict[str, str]:
    return {"CONSENTRY_DATA_DIR": str(commands.folder)}


@pytest.fixture
def two_workers(environment: dict[str, str]) -> Iterator[Running]:
    with running("serve", "--port", "0", "--workers", "2", environment=environment) as server:
        yield server


def workers_of(server: Running) -> list[psutil.Process]:
    children = psutil.Process(server.process.pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def ready(server: Running) -> dict[str, str]:
    said: dict[str, str] = json.loads(server.line('"ready"'))
    return said


def test_it_makes_its_database_says_that_it_is_ready_and_ends_when_told_to(
    commands: Commands, environment: dict[str, str]
) -> None:
    with running("serve", "--port", "0", environment=environment, afresh=True) as server:
        said = ready(server)
        assert said["public_url"] == said["listening"]
        assert httpx2.get(f"{said['listening']}/healthz", timeout=BOUND_SECONDS).json() == {"status": "ok"}
        metadata = httpx2.get(f"{said['listening']}/.well-known/oauth-authorization-server", timeout=BOUND_SECONDS)
        assert metadata.json()["issuer"] == said["listening"]
        assert "server" not in metadata.headers
        assert server.end(signal.SIGTERM) == 0
    assert server.stdout == []
    assert all(json.loads(line) for line in server.stderr)
    assert commands.answers("account", "list") == []


def test_ctrl_c_is_an_end_like_any_other(environment: dict[str, str]) -> None:
    with running("serve", "--port", "0", environment=environment) as server:
        ready(server)
        assert server.end(signal.SIGINT) == 0
    assert not any("Traceback" in line for line in server.stderr)


def test_a_public_url_that_is_set_is_kept_whatever_the_port(environment: dict[str, str]) -> None:
    elsewhere = environment | {"CONSENTRY_PUBLIC_URL": "https://a.example/auth"}
    with running("serve", "--port", "0", "--host", "0.0.0.0", environment=elsewhere) as server:  # noqa: S104
        said = ready(server)
        assert any("trusted_proxies names no proxy" in line for line in server.stderr)
        assert said["public_url"] == "https://a.example/auth"
        port = said["listening"].rpartition(":")[2]
        assert httpx2.get(f"http://127.0.0.1:{port}/auth/healthz", timeout=BOUND_SECONDS).status_code == 200
        assert server.end() == 0


def test_a_port_that_is_taken_is_told_with_the_next_one(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running("serve", "--port", str(port), environment=environment) as server:
            assert server.wait() == 1
    free = port + 1 if port < 65535 else port - 1
    assert server.stderr == [f"Port {port} is taken: end what uses it or pass --port {free}."]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_file_that_is_no_database_is_said_to_be_none(
    commands: Commands, environment: dict[str, str], workers: str
) -> None:
    commands.folder.mkdir()
    commands.database.write_text("a letter to somebody\n" * 100)
    with running("serve", "--port", "0", "--workers", workers, environment=environment) as server:
        assert server.wait() == 1
    assert server.stderr == [f"{commands.database} is not a SQLite database: name another file in database_url."]


def test_workers_are_counted_together(two_workers: Running) -> None:
    at = ready(two_workers)["listening"]
    for _ in range(40):  # each over a connection of its own, so that both workers get some
        httpx2.get(f"{at}/healthz", timeout=BOUND_SECONDS)
    told = httpx2.get(f"{at}/metrics", timeout=BOUND_SECONDS).text
    assert 'consentry_request_seconds_count{route="/healthz",status="200"} 40.0' in told


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_looks_at_itself_before_it_listens_wherever_its_parts_are(environment: dict[str, str], workers: str) -> None:
    apart = environment | {
        "CONSENTRY_PUBLIC_URL": "https://auth.example/x",
        "CONSENTRY_MCP_URL": "https://{slug}.mcp.example/mcp",
        "CONSENTRY_TRUSTED_PROXIES": "127.0.0.1",
    }
    with running("serve", "--port", "0", "--workers", workers, environment=apart) as server:
        url = ready(server)["listening"]
        asked = httpx2.get(f"{url}/x/healthz", headers={"Host": "10.0.0.7"}, timeout=BOUND_SECONDS)
        assert asked.json() == {"status": "ok"}
        assert httpx2.get(url, timeout=BOUND_SECONDS).status_code == 421
        found = httpx2.get(
            f"{url}/.well-known/oauth-authorization-server",
            headers={"Host": "notes.mcp.example"},
            timeout=BOUND_SECONDS,
        )
        assert found.json()["authorization_endpoint"] == "https://notes.mcp.example/authorize"
        assert server.end() == 0
    assert not any('"warning"' in line for line in server.stderr)


def test_where_it_may_not_migrate_it_asks_for_it(commands: Commands, environment: dict[str, str]) -> None:
    commands.folder.mkdir()
    sqlite3.connect(commands.database).close()
    careful = environment | {"CONSENTRY_AUTO_MIGRATE": "false"}
    with running("serve", "--port", "0", environment=careful) as server:
        assert server.wait() == 1
    (sentence,) = server.stderr
    assert sentence.endswith("run `consentry init`.")
    commands.init()
    with running("serve", "--port", "0", environment=careful) as server:
        ready(server)
        assert server.end() == 0


def test_two_workers_share_a_port_and_end_together(two_workers: Running) -> None:
    said = ready(two_workers)
    workers = workers_of(two_workers)
    assert len(workers) == 2
    assert {httpx2.get(f"{said['listening']}/readyz", timeout=BOUND_SECONDS).status_code for _ in range(10)} == {200}
    assert two_workers.end() == 0
    assert psutil.wait_procs(workers, timeout=BOUND_SECONDS)[1] == []


def test_workers_do_not_outlive_a_parent_that_is_killed(two_workers: Running) -> None:
    ready(two_workers)
    workers = workers_of(two_workers)
    assert len(workers) == 2
    two_workers.process.kill()
    assert psutil.wait_procs(workers, timeout=BOUND_SECONDS)[1] == []


def test_the_secret_key_reaches_the_workers_by_no_argument(two_workers: Running, commands: Commands) -> None:
    ready(two_workers)
    key = (commands.folder / "secret_key").read_text().strip()
    for worker in workers_of(two_workers):
        assert key not in " ".join(worker.cmdline())
        assert key not in " ".join(worker.environ().values())


def test_a_settings_file_reaches_the_workers(tmp_path: Path) -> None:
    file = tmp_path / "consentry.toml"
    file.write_text(f'data_dir = "{tmp_path}/data"\npublic_url = "https://a.example"\nlog_level = "debug"\n')
    with running("serve", "--port", "0", "--workers", "2", "--config", str(file)) as server:
        said = ready(server)
        metadata = httpx2.get(
            f"{said['listening']}/.well-known/oauth-authorization-server", timeout=BOUND_SECONDS
        ).json()
        assert metadata["issuer"] == "https://a.example"
        assert server.end() == 0
