"""consentry demo: what it prints is true."""

import html
import re
import shlex
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psutil
import pytest

from consentry.accounts import passwords
from consentry.cli import furnishing
from tests.cli.commands import Commands
from tests.cli.process import BOUND_SECONDS, Running, running
from tests.ports import reserved

STDIO_SERVER = Path(__file__).parent.parent / "demo" / "stdio_server.py"
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


def value(server: Running, name: str) -> str:
    """What the next line of that name says."""
    return server.line(f"{name}  ").removeprefix(name).strip()


def sign_in(origin: str, email: str, password: str) -> httpx2.Response:
    """Follows the form as a browser would; the page that it leads to."""
    with httpx2.Client(base_url=origin, follow_redirects=True, timeout=BOUND_SECONDS) as browser:
        form = browser.get("/login?next=/account").text
        fields = {name: html.unescape(text) for name, text in HIDDEN.findall(form)}
        return browser.post("/login", data=fields | {"email": email, "password": password})


@pytest.fixture
def temporary(tmp_path: Path) -> dict[str, str]:
    """Where temporary folders are made, so that what is left behind can be seen."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return {"TMPDIR": str(folder)}


@pytest.fixture
def demo(temporary: dict[str, str]) -> Iterator[Running]:
    with running("demo", "--port", "0", environment=temporary) as server:
        yield server


@pytest.mark.slow
def test_whoever_tries_things_out_on_this_machine_is_not_limited(demo: Running) -> None:
    url = value(demo, "MCP URL").rpartition("/mcp/")[0]
    demo.line("Press Ctrl-C to end.")
    body = {"redirect_uris": ["http://127.0.0.1/callback"], "token_endpoint_auth_method": "client_secret_post"}
    assert {httpx2.post(f"{url}/register", json=body, timeout=BOUND_SECONDS).status_code for _ in range(25)} == {201}
    form = {"grant_type": "refresh_token", "client_id": "nobody", "refresh_token": "x"}
    assert {httpx2.post(f"{url}/token", data=form, timeout=BOUND_SECONDS).status_code for _ in range(15)} == {401}


@pytest.mark.slow
def test_its_urls_ask_for_a_token_and_its_account_signs_in(demo: Running) -> None:
    urls = [value(demo, "MCP URL"), value(demo, "MCP URL")]
    email, password, account = value(demo, "Email"), value(demo, "Password"), value(demo, "Account")
    demo.line("Press Ctrl-C to end.")
    assert [url.rpartition("/")[2] for url in urls] == ["reminders", "textkit"]
    for url in urls:
        refused = httpx2.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, timeout=BOUND_SECONDS)
        assert refused.status_code == 401
        (metadata_url,) = re.findall(r'resource_metadata="(http://[^"]+)"', refused.headers["www-authenticate"])
        assert httpx2.get(metadata_url, timeout=BOUND_SECONDS).json()["resource"] == url
    page = sign_in(account.removesuffix("/account"), email, password)
    assert page.status_code == 200
    assert str(page.url) == account
    assert email in page.text
    assert all(url in page.text.replace("<wbr>", "") for url in urls)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_and_leaves_nothing_behind(
    demo: Running, temporary: dict[str, str], number: signal.Signals
) -> None:
    demo.line("Press Ctrl-C to end.")
    children = psutil.Process(demo.process.pid).children(recursive=True)
    assert len(children) == 2
    assert len(list(Path(temporary["TMPDIR"]).iterdir())) == 1
    assert demo.end(number) == 0
    assert psutil.wait_procs(children, timeout=BOUND_SECONDS)[1] == []
    assert list(Path(temporary["TMPDIR"]).iterdir()) == []
    assert not any("Traceback" in line for line in demo.stderr)


@pytest.mark.slow
def test_what_is_kept_is_taken_up_again_with_a_new_password(commands: Commands) -> None:
    kept = ("demo", "--port", "0", "--data", str(commands.folder))
    seen: list[str] = []
    upstreams: list[str] = []
    for _ in range(2):
        with running(*kept) as server:
            seen.append(value(server, "Password"))
            account = value(server, "Account")
            server.line(f"Everything is kept in {commands.folder}.")
            assert sign_in(account.removesuffix("/account"), furnishing.EMAIL, seen[-1]).url.path == "/account"
            assert sign_in(account.removesuffix("/account"), furnishing.EMAIL, seen[0]).url.path == (
                "/account" if len(seen) == 1 else "/login"
            )
            upstreams.append(commands.answers("deployment", "show", "reminders")["upstream_url"])
            health = commands.within(lambda tx: tx.list_health(None)).values()
            assert [(one.fault, bool(one.tools)) for one in health] == [(None, True)] * 2
            assert server.end() == 0
    assert len(set(seen)) == 2
    assert len(set(upstreams)) == 2
    assert [account["email"] for account in commands.answers("account", "list")] == [furnishing.EMAIL]
    assert [one["slug"] for one in commands.answers("deployment", "list")] == ["reminders", "textkit"]
    commands.answers("account", "disable", furnishing.EMAIL)
    with running(*kept) as server:
        assert server.wait() == 1
    assert server.stderr[-1] == f"The account {furnishing.EMAIL} was disabled there: name another folder in --data."


@pytest.mark.slow
def test_your_own_server_stands_behind_it_by_command_and_by_url(commands: Commands) -> None:
    command = shlex.join([sys.executable, str(STDIO_SERVER)])
    with running("demo", "--port", "0", "--data", str(commands.folder), "--command", command) as bridged:
        assert value(bridged, "MCP URL").endswith("/mcp/yours")
        bridged.line("Press Ctrl-C to end.")
        shown = commands.answers("deployment", "show", "yours")
        assert commands.answers("deployment", "test", "yours")["server_name"] == "stdio"
        with running("demo", "--port", "0", "--upstream", shown["upstream_url"]) as server:
            assert value(server, "MCP URL").endswith("/mcp/yours")
            server.line("Press Ctrl-C to end.")


@pytest.mark.slow
def test_behind_a_tunnel_it_goes_by_the_tunnels_name(temporary: dict[str, str]) -> None:
    words = ("demo", "--port", "0", "--public-url", "https://demo.example")
    with running(*words, environment=temporary | {"CONSENTRY_ACCESS_TOKEN_TTL": "3"}) as server:
        assert value(server, "MCP URL") == "https://demo.example/mcp/reminders"
        server.line("Claude.ai, Claude Desktop")
        assert server.end() == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--upstream", "http://127.0.0.1:9/mcp"), "Nothing answers at http://127.0.0.1:9/mcp. Is the server running"),
        (("--upstream", "nowhere"), "nowhere will not do as upstream: write the MCP server's whole URL"),
        (("--command", "no-such-program --now"), "--command: there is no program no-such-program. Install it"),
        (("--command", "'unended"), "--command cannot be read (No closing quotation): mend its quotes."),
        (("--command", " "), "--command is empty: name the program to start"),
        (("--command", "cat"), "--command cat: http://127.0.0.1:"),
        (("--command", "false"), "--command false: The command false ended (exit code 1) before it spoke MCP."),
        (("--command", "echo hello"), "--command echo hello: The command echo ended (exit code 0) before it spoke"),
    ],
)
def test_what_cannot_stand_behind_it_is_said(temporary: dict[str, str], words: tuple[str, str], sentence: str) -> None:
    with running("demo", "--port", "0", *words, environment=temporary) as server:
        assert server.wait() == 1
    assert server.stdout == []
    assert server.stderr[0].startswith(sentence), server.stderr
    assert not any("Traceback" in line for line in server.stderr)
    assert list(Path(temporary["TMPDIR"]).iterdir()) == []


@pytest.mark.slow
def test_a_command_that_ends_is_told_with_its_last_words(temporary: dict[str, str]) -> None:
    command = shlex.join(["sh", "-c", "echo no licence >&2; exit 3"])
    with running("demo", "--port", "0", "--command", command, environment=temporary) as server:
        assert server.wait() == 1
    sentence, words = server.stderr
    assert "ended (exit code 3) before it spoke MCP" in sentence
    assert sentence.endswith("It said:")
    assert words == "no licence"


@pytest.mark.slow
def test_the_demonstration_does_not_stand_behind_itself(temporary: dict[str, str]) -> None:
    with reserved() as port:
        url = f"http://localhost:{port}/mcp/yours"
        with running("demo", "--port", str(port), "--upstream", url, environment=temporary) as server:
            assert server.wait() == 1
    (sentence,) = server.stderr
    assert sentence == f"--upstream {url} is this demonstration's own: name your MCP server's URL."


@pytest.mark.slow
def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running("demo", "--port", str(port)) as server:
            assert server.wait() == 1
    (sentence,) = server.stderr
    assert sentence.startswith(f"Port {port} is taken: end what uses it or pass --port ")


def test_one_server_at_a_time(commands: Commands) -> None:
    said = commands.misused("demo", "--upstream", "http://127.0.0.1:9/mcp", "--command", "x")
    assert "give --upstream or --command, not both" in said


def test_a_passphrase_is_new_each_time_and_keeps_to_the_rules() -> None:
    made = {furnishing.passphrase() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"[a-z]{4}(-[a-z]{4}){3}", one) for one in made)
    assert {passwords.fault(one, furnishing.EMAIL) for one in made} == {None}
