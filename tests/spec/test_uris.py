import string
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consentry.spec import uris

NONE: frozenset[str] = frozenset()
CURSOR = frozenset({"cursor"})
HTTPS = "https://client.example/callback?a=b"
LOOPBACK = "http://127.0.0.1:6274/callback?a=b"

HOSTS = st.from_regex(r"[a-z][a-z0-9-]{0,10}(\.[a-z]{2,5}){1,2}", fullmatch=True)
PATHS = st.from_regex(r"(/[A-Za-z0-9._~-]{0,8}){0,4}", fullmatch=True)
QUERIES = st.from_regex(r"(\?([a-z]{1,4}=[A-Za-z0-9%_.~-]{0,4})(&[a-z]{1,3}=[a-z]{0,3}){0,2})?", fullmatch=True)
URLS = st.builds("https://{}{}{}".format, HOSTS, PATHS, QUERIES)
ANY_TEXT = st.text(st.characters(exclude_categories=[])) | st.text(string.printable)
NEARLY_URLS = st.from_regex(r"[a-zA-Z]{0,6}:?/{0,3}[^a]{0,3}@?\[?[a-z0-9.:%]{0,9}\]?(:[0-9]{0,6})?/?[\s\S]{0,9}")


@given(ANY_TEXT | NEARLY_URLS)
def test_no_text_makes_the_parsers_raise(text: str) -> None:
    parts = uris.split(text)
    assert parts is None or parts.scheme
    uris.canonical(text)
    uris.same_resource(text, HTTPS)
    uris.redirect_matches(LOOPBACK, text)
    uris.redirect_matches(text, LOOPBACK)
    fault = uris.redirect_uri_fault(text, None, CURSOR)
    assert fault is None or fault.isprintable()


@pytest.mark.proves("C2")
@given(URLS, st.data())
def test_a_redirect_uri_matches_itself_and_nothing_with_a_character_changed(uri: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(uri)))
    put = data.draw(st.text(string.printable, max_size=2))
    changed = uri[:place] + put + uri[place + data.draw(st.integers(0, 1)) :]
    assert uris.redirect_matches(uri, uri)
    assert uris.redirect_matches(uri, changed) is (uri == changed)


@pytest.mark.proves("C2")
@given(st.sampled_from(["127.0.0.1", "[::1]", "localhost"]), PATHS, QUERIES, st.integers(1, 65535), st.booleans())
def test_on_loopback_the_port_may_vary(host: str, path: str, query: str, port: int, registered_with: bool) -> None:
    registered = f"http://{host}{':6274' if registered_with else ''}{path}{query}"
    assert uris.redirect_matches(registered, f"http://{host}:{port}{path}{query}")
    assert uris.redirect_matches(registered, f"http://{host}{path}{query}")


@pytest.mark.proves("C2")
@pytest.mark.parametrize(
    "requested",
    [
        "https://127.0.0.1:6274/callback?a=b",
        "http://localhost:6274/callback?a=b",
        "http://[::1]:6274/callback?a=b",
        "http://127.0.0.2:6274/callback?a=b",
        "http://127.0.0.1:6274/callback",
        "http://127.0.0.1:6274/callback?a=c",
        "http://127.0.0.1:6274/callback?a=b&",
        "http://127.0.0.1:6274/callback/?a=b",
        "http://127.0.0.1:6274/Callback?a=b",
        "http://127.0.0.1:6274//callback?a=b",
        "http://127.0.0.1:6274/./callback?a=b",
        "http://127.0.0.1:6274/callback?a=b#",
        "http://127.0.0.1:6274/callback?a=b#x",
        "http://127.0.0.1:6274@evil.example/callback?a=b",
        "http://evil@127.0.0.1:6274/callback?a=b",
        "http://@127.0.0.1:6274/callback?a=b",
        "http://127.0.0.1:6274\\@evil.example/callback?a=b",
        "http://127.0.0.1:99999/callback?a=b",
        "http://127.0.0.1:/callback?a=b",
        "http://127.0.0.1:-1/callback?a=b",
        "http://127.0.0.1:6274.evil.example/callback?a=b",
        "http://127.0.0.1.evil.example:6274/callback?a=b",
        "HTTP://127.0.0.1:6274/callback?a=b",
        "http://127.0.0.1:6274/callback?a=b\n",
        "\thttp://127.0.0.1:6274/callback?a=b",
        "http://127.0.0.1:62 74/callback?a=b",
        "http://127.0.0.1:٦٢٧٤/callback?a=b",
        "",
    ],
)
def test_on_loopback_nothing_but_the_port_may_vary(requested: str) -> None:
    assert not uris.redirect_matches(LOOPBACK, requested)


def test_a_query_that_is_empty_is_not_a_query_that_is_absent() -> None:
    assert not uris.redirect_matches("http://localhost/cb", "http://localhost:1/cb?")
    assert not uris.redirect_matches("http://localhost/cb?", "http://localhost:1/cb")


def test_a_host_in_capitals_is_another_text() -> None:
    assert not uris.redirect_matches("http://localhost/cb", "http://LOCALHOST:1/cb")


@pytest.mark.parametrize("host", ["client.example", "127.0.0.1.example", "10.0.0.1"])
def test_beyond_loopback_the_port_may_not_vary(host: str) -> None:
    assert not uris.redirect_matches(f"http://{host}/cb", f"http://{host}:8080/cb")
    assert not uris.redirect_matches(f"https://{host}/cb", f"https://{host}:443/cb")


@pytest.mark.proves("B15")
@pytest.mark.parametrize(
    "uri",
    [
        "https://client.example",
        "https://client.example/",
        "https://client.example:8443/cb?a=b",
        "http://127.0.0.1/cb",
        "http://localhost:6274/cb",
        "http://[::1]:6274/cb",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "cursor:/cb",
    ],
)
def test_https_loopback_and_listed_schemes_may_be_registered(uri: str) -> None:
    assert uris.redirect_uri_fault(uri, None, CURSOR) is None
    assert uris.redirect_uri_fault(uri, "native", CURSOR) is None


@pytest.mark.proves("B15", "B16")
@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        ("http://client.example/cb", "must be https"),
        ("http://0.0.0.0/cb", "must be https"),
        ("http://127.0.0.1.evil.example/cb", "must be https"),
        ("http://localhost.evil.example/cb", "must be https"),
        ("https://client.example/cb#", "fragment"),
        ("https://client.example/cb#a", "fragment"),
        ("http://127.0.0.1/cb#a", "fragment"),
        ("cursor://x/cb#a", "fragment"),
        ("https://user@client.example/cb", "user name"),
        ("https://user:pw@client.example/cb", "user name"),
        ("https://@client.example/cb", "user name"),
        ("cursor://user@x/cb", "user name"),
        ("myapp://cb", "operator's list"),
        ("com.example.app:/cb", "operator's list"),
        ("vscode://x/cb", "operator's list"),
        ("javascript:alert(1)", "operator's list"),
        ("data:text/html,x", "operator's list"),
        ("https:///cb", "no host"),
        ("https:client.example", "no host"),
        ("/cb", "not an absolute URI"),
        ("client.example/cb", "not an absolute URI"),
        ("//client.example/cb", "not an absolute URI"),
        ("", "not an absolute URI"),
        ("https://client.example\\@evil.example/cb", "not an absolute URI"),
        ("https://client.example/c b", "not an absolute URI"),
        ("https://client.example/cb\r\nX: y", "not an absolute URI"),
        ("https://client.example/<script>", "not an absolute URI"),
        ("https://client.example/\x00", "not an absolute URI"),
        ("https://cli\u0456nt.example/cb", "not an absolute URI"),
        ("https://client.example:99999/cb", "not an absolute URI"),
        ("https://[::1/cb", "not an absolute URI"),
        (f"https://client.example/{'a' * 478}", "longer than 500"),
    ],
)
def test_anything_else_may_not_and_hears_why(uri: str, fault: str) -> None:
    said = uris.redirect_uri_fault(uri, None, CURSOR)
    assert said is not None
    assert fault in said


@pytest.mark.proves("B14")
@pytest.mark.parametrize("uri", ["http://127.0.0.1/cb", "http://localhost/cb", "cursor://x/cb"])
def test_web_asks_for_https_and_native_does_not(uri: str) -> None:
    assert uris.redirect_uri_fault(uri, "web", CURSOR) is not None
    assert uris.redirect_uri_fault(uri, "native", CURSOR) is None
    assert uris.redirect_uri_fault("https://client.example/cb", "web", CURSOR) is None


@pytest.mark.proves("B19")
def test_five_hundred_characters_are_not_too_long() -> None:
    uri = f"https://client.example/{'a' * 477}"
    assert len(uri) == 500
    assert uris.redirect_uri_fault(uri, None, NONE) is None
    assert uris.redirect_uri_fault(f"{uri}a", None, NONE) is not None


@given(
    URLS | st.sampled_from([LOOPBACK, "cursor:///cb", "cursor:/cb", "https://h", "https://h/cb?", "https://h/cb?a&"]),
    st.dictionaries(st.sampled_from(["code", "state", "iss"]), st.text(min_size=1), min_size=1),
)
def test_an_answer_keeps_the_redirect_uri_and_can_be_read_back(uri: str, added: dict[str, str]) -> None:
    assume(not any("\ud800" <= c <= "\udfff" for value in added.values() for c in value))
    answer = uris.with_query(uri, added)
    assert answer.startswith(uri)
    before = parse_qsl(urlsplit(uri).query, keep_blank_values=True)
    after = parse_qsl(urlsplit(answer).query, keep_blank_values=True)
    assert after == [*before, *added.items()]


@pytest.mark.proves("G20")
@pytest.mark.parametrize(
    "spelling",
    [
        "https://h.example/mcp/x",
        "https://h.example/mcp/x/",
        "https://H.Example/mcp/x",
        "HTTPS://h.example/mcp/x",
        "https://h.example:443/mcp/x",
        "HTTPS://H.EXAMPLE:443/mcp/x/",
    ],
)
def test_one_resource_is_known_in_all_its_spellings(spelling: str) -> None:
    assert uris.same_resource(spelling, "https://h.example/mcp/x")
    assert uris.same_resource("https://h.example/mcp/x", spelling)


@pytest.mark.proves("G20")
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://h", "https://h/", True),
        ("https://h:443", "https://h/", True),
        ("http://h:80", "http://h", True),
        ("http://[::1]:8000/mcp", "http://[::1]:8000/mcp/", True),
        ("https://h:80", "https://h", False),
        ("http://h", "https://h", False),
        ("https://h/mcp/x", "https://h/mcp/X", False),
        ("https://h/mcp/x", "https://h/mcp/x/y", False),
        ("https://h/mcp/x", "https://h/mcp", False),
        ("https://h/mcp/x", "https://h/mcp/x?a=b", False),
        ("https://h/mcp/x", "https://h/mcp/x#", False),
        ("https://h/mcp/x", "https://h/mcp/x#a", False),
        ("https://h/mcp/x", "https://u@h/mcp/x", False),
        ("https://h/mcp/x", "https://h.evil/mcp/x", False),
        ("https://h/mcp/x", "https://h/mcp/./x", False),
        ("https://h/mcp/x", "https://h/mcp/%78", False),
        ("https:h", "https:h", False),
        ("", "", False),
        ("mcp", "mcp", False),
    ],
)
def test_two_resources_are_told_apart(one: str, other: str, same: bool) -> None:
    assert uris.same_resource(one, other) is same


@given(URLS)
def test_the_canonical_spelling_is_its_own(uri: str) -> None:
    spelled = uris.canonical(uri)
    assert spelled is not None
    assert uris.canonical(spelled) == spelled


@pytest.mark.parametrize(
    ("url", "inserted", "appended"),
    [
        ("https://h", "https://h/.well-known/w", "https://h/.well-known/w"),
        ("https://h/", "https://h/.well-known/w", "https://h/.well-known/w"),
        ("https://h:8443/a/b", "https://h:8443/.well-known/w/a/b", "https://h:8443/a/b/.well-known/w"),
        ("https://h/a/", "https://h/.well-known/w/a", "https://h/a/.well-known/w"),
        ("https://h/a?b=c", "https://h/.well-known/w/a?b=c", "https://h/a/.well-known/w?b=c"),
    ],
)
def test_well_known_addresses_stand_before_or_behind_the_path(url: str, inserted: str, appended: str) -> None:
    assert uris.insert_well_known(url, "w") == inserted
    assert uris.append_well_known(url, "w") == appended


@pytest.mark.parametrize(
    ("asked", "may"),
    [
        ("https://h.example/mcp/x", True),
        ("https://h.example/mcp/x/", True),
        ("https://h.example", True),
        ("https://H.example:443/", True),
        ("https://h.example/mcp", False),
        ("https://h.example/mcp/", False),
        ("https://h.example/?a", False),
        ("https://other.example/", False),
        ("http://h.example/", False),
        ("https://h.example:8443/", False),
        ("h.example", False),
        ("", False),
    ],
)
def test_a_resource_is_meant_by_its_own_name_or_by_that_of_its_host_and_nothing_between(asked: str, may: bool) -> None:
    assert uris.may_mean(asked, "https://h.example/mcp/x") is may
