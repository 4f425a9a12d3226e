"""The demonstration's banner: first what scripts read, then what people do."""

from dataclasses import replace

from consentry.cli.banner import Scene, render

LOCAL = Scene(
    mcp_urls=[("reminders", "http://127.0.0.1:8000/mcp/reminders"), ("textkit", "http://127.0.0.1:8000/mcp/textkit")],
    email="demo@example.com",
    password="tavo-kilu-remi-dasu",
    dashboard_url="http://127.0.0.1:8000/dashboard",
    account_url="http://127.0.0.1:8000/account",
    port=8000,
    hosted=False,
    kept_in=None,
)


def test_each_value_stands_on_a_line_of_its_own_behind_its_name() -> None:
    facts = [line.split("  ", 1) for line in render(LOCAL).splitlines() if line and not line.startswith(" ")][1:7]
    assert [(name, text.strip()) for name, text in facts] == [
        ("MCP URL", "http://127.0.0.1:8000/mcp/reminders"),
        ("MCP URL", "http://127.0.0.1:8000/mcp/textkit"),
        ("Email", "demo@example.com"),
        ("Password", "tavo-kilu-remi-dasu"),
        ("Dashboard", "http://127.0.0.1:8000/dashboard"),
        ("Account", "http://127.0.0.1:8000/account"),
    ]


def test_each_client_has_what_is_to_be_pasted_into_it() -> None:
    said = render(LOCAL)
    url = LOCAL.mcp_urls[0][1]
    for words in (
        "npx @modelcontextprotocol/inspector",
        "Node 22.19",
        '"+ Add manually", transport streamable-http',
        "Use exactly this URL (127.0.0.1, not localhost).",
        f"claude mcp add --transport http reminders {url}",
        '"MCP: Add Server"',
        f'{{"mcpServers": {{"reminders": {{"url": "{url}"}}}}}}',
        f"npx mcp-remote {url}",
        "consentry demo --port 8000 --public-url https://",
        "Nothing is kept",
        "Ctrl-C",
    ):
        assert words in said
    assert "localhost" not in render(replace(LOCAL, hosted=True))
    assert max(len(line) for line in said.splitlines()) <= 110
