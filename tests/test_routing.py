"""Which part of the program a request is for, by host and path."""

from typing import Any

import pytest

from consentry import routing
from consentry.addresses import Addresses

ONE = routing.of(Addresses("https://h.example/auth", "https://h.example/mcp/{slug}/v1"))
TWO = routing.of(Addresses("https://auth.example", "https://mcp.example/{slug}"))
EACH = routing.of(Addresses("https://auth.example", "https://{slug}.auth.example/mcp"))
BARE = routing.of(Addresses("http://127.0.0.1:8000", "http://{slug}.localhost:8000"))


def request(path: str, *hosts: str) -> dict[str, Any]:
    return {"path": path, "headers": [(b"accept", b"*/*"), *((b"host", host.encode()) for host in hosts)]}


@pytest.mark.parametrize("host", ["h.example", "10.0.0.7:8000", "evil.example"])
def test_on_one_host_the_path_decides_and_host_does_not_matter(host: str) -> None:
    assert ONE(request("/mcp/notes/v1", host)) == ("gateway", "notes")
    assert ONE(request("/mcp/notes/v1/", host)) == ("gateway", "notes")
    for path in ("/mcp/notes", "/mcp//v1", "/mcp/a/b/v1", "/auth/token", "/mcp/v1"):
        assert ONE(request(path, host)) == ("issuer", None)


@pytest.mark.proves("H7")
@pytest.mark.parametrize(
    ("host", "path", "place"),
    [
        ("mcp.example", "/notes", ("gateway", "notes")),
        ("mcp.example", "/notes/", ("gateway", "notes")),
        ("MCP.Example:443", "/notes", ("gateway", "notes")),
        ("mcp.example", "/", ("mcp_host", None)),
        ("mcp.example", "/token", ("mcp_host", None)),
        ("mcp.example", "/token/", ("mcp_host", None)),
        ("mcp.example", "/notes/x", ("mcp_host", None)),
        ("auth.example", "/notes", ("issuer", None)),
        ("AUTH.example:443", "/token", ("issuer", None)),
        ("mcp.example:8443", "/notes", ("nowhere", None)),
        ("evil.example", "/notes", ("nowhere", None)),
        ("x.mcp.example", "/notes", ("nowhere", None)),
        ("", "/notes", ("nowhere", None)),
    ],
)
def test_of_two_hosts_each_has_its_own(host: str, path: str, place: routing.Place) -> None:
    assert TWO(request(path, host)) == place


@pytest.mark.proves("H7", "G20")
@pytest.mark.parametrize(
    ("host", "path", "place"),
    [
        ("notes.auth.example", "/mcp", ("gateway", "notes")),
        ("notes.auth.example", "/mcp/", ("gateway", "notes")),
        ("NOTES.auth.example:443", "/mcp", ("gateway", "notes")),
        ("notes.auth.example", "/", ("mcp_host", "notes")),
        ("notes.auth.example", "/mcp/x", ("mcp_host", "notes")),
        ("auth.example", "/mcp", ("issuer", None)),
        (".auth.example", "/mcp", ("nowhere", None)),
        ("a.notes.auth.example", "/mcp", ("nowhere", None)),
        ("notesauth.example", "/mcp", ("nowhere", None)),
        ("notes.auth.example.evil.example", "/mcp", ("nowhere", None)),
        ("notes.auth.example:8443", "/mcp", ("nowhere", None)),
        ("2130706433#.auth.example", "/mcp", ("nowhere", None)),
        ("localhost:99/.auth.example", "/mcp", ("nowhere", None)),
        ("x@y.auth.example", "/mcp", ("nowhere", None)),
        ('no"tes.auth.example', "/mcp", ("nowhere", None)),
        ("-notes.auth.example", "/mcp", ("nowhere", None)),
    ],
)
def test_a_host_of_its_own_names_the_deployment(host: str, path: str, place: routing.Place) -> None:
    assert EACH(request(path, host)) == place


def test_a_deployment_may_be_at_the_root_of_its_host() -> None:
    assert BARE(request("/", "notes.localhost:8000")) == ("gateway", "notes")
    assert BARE(request("/token", "notes.localhost:8000")) == ("mcp_host", "notes")
    assert BARE(request("/", "127.0.0.1:8000")) == ("issuer", None)


@pytest.mark.parametrize("hosts", [(), ("mcp.example", "mcp.example"), ("mcp.example", "auth.example")])
def test_no_host_or_two_are_none(hosts: tuple[str, ...]) -> None:
    assert TWO(request("/notes", *hosts)) == ("nowhere", None)
