import pytest

from consentry.gateway.upstream import destination_of
from consentry.gateway.upstream.destination import Origin


@pytest.mark.parametrize(
    ("url", "origin", "authority", "target"),
    [
        ("http://u.test/mcp", Origin(False, "u.test", 80), b"u.test", b"/mcp"),
        ("http://u.test", Origin(False, "u.test", 80), b"u.test", b"/"),
        ("http://U.test:80/mcp/", Origin(False, "u.test", 80), b"u.test", b"/mcp/"),
        ("https://u.test:80/a?b=c", Origin(True, "u.test", 80), b"u.test:80", b"/a?b=c"),
        ("https://u.test/%2Fé", Origin(True, "u.test", 443), b"u.test", b"/%2F%C3%A9"),
        ("http://[::1]:9/mcp", Origin(False, "::1", 9), b"[::1]:9", b"/mcp"),
        ("https://bücher.test/mcp", Origin(True, "xn--bcher-kva.test", 443), b"xn--bcher-kva.test", b"/mcp"),
        ("http://user:word@u.test/mcp", Origin(False, "u.test", 80), b"u.test", b"/mcp"),
        ("http://u.test/a b\tc\r\nHost: evil", Origin(False, "u.test", 80), b"u.test", b"/a%20bcHost:%20evil"),
    ],
)
def test_a_url_says_whom_to_call_and_for_what(url: str, origin: Origin, authority: bytes, target: bytes) -> None:
    destination = destination_of(url)
    assert (destination.origin, destination.authority, destination.target) == (origin, authority, target)


@pytest.mark.parametrize("url", ["", "mcp", "ftp://u.test/", "http:///mcp", "http://u test/"])
def test_what_names_no_server_is_not_called(url: str) -> None:
    with pytest.raises(ValueError, match="names a host"):
        destination_of(url)


@pytest.mark.parametrize(
    ("url", "query", "target"),
    [
        ("http://u.test/mcp", b"", b"/mcp"),
        ("http://u.test/mcp", b"a=1&b=%2F", b"/mcp?a=1&b=%2F"),
        ("http://u.test/mcp?key=1", b"a=1", b"/mcp?key=1&a=1"),
        ("http://u.test/mcp", "a=é".encode(), b"/mcp?a=%C3%A9"),
    ],
)
def test_the_client_s_query_goes_behind_the_upstream_s_own(url: str, query: bytes, target: bytes) -> None:
    assert destination_of(url).with_query(query) == target
