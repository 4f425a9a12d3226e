import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.gateway.headers import kept_down, kept_up, named
from consentry.gateway.model import Header

NEVER_UP = [
    "Authorization",
    "Cookie",
    "Host",
    "Origin",
    "Referer",
    "Connection",
    "Keep-Alive",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Upgrade",
    "Expect",
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Real-IP",
    "X-Remote-User",
    "Remote-User",
    "X-Auth-Request-Email",
    "X-Goog-Authenticated-User-Email",
    "Cf-Access-Jwt-Assertion",
    "X-Consentry-Identity",
    "X-MS-Client-Principal",
    "DPoP",
    "Accept-Encoding",
    "X-Request-Id",
    "mcp_session_id",
]
ALWAYS_UP = [
    "Accept",
    "Accept-Language",
    "Baggage",
    "Content-Type",
    "Last-Event-ID",
    "MCP-Protocol-Version",
    "Mcp-Method",
    "Mcp-Name",
    "Mcp-Param-Region",
    "Mcp-Session-Id",
    "Traceparent",
    "Tracestate",
    "User-Agent",
]


def lower(name: str) -> bytes:
    return name.lower().encode()


def up(*received: Header) -> dict[bytes, bytes]:
    return dict((*kept_up(received), named("req_1")))


def down(*received: Header, status: int = 200) -> dict[bytes, bytes]:
    """Names are lower case by then: the upstream's connection sees to it."""
    return dict((*kept_down(status, tuple((name.lower(), value) for name, value in received)), named("req_1")))


@pytest.mark.proves("G5", "G6")
@pytest.mark.parametrize("name", NEVER_UP)
def test_what_is_between_client_and_gateway_stays_there(name: str) -> None:
    assert b"secret" not in up((lower(name), b"secret")).values()


@pytest.mark.parametrize("name", ALWAYS_UP)
def test_what_mcp_says_goes_up_as_it_is(name: str) -> None:
    assert up((lower(name), b"=?base64?w6k=?="))[lower(name)] == b"=?base64?w6k=?="


@given(st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True))
def test_an_unheard_of_mcp_parameter_is_forwarded(name: str) -> None:
    header = f"mcp-param-{name}".encode()
    assert up((header, b"x"))[header] == b"x"


@pytest.mark.parametrize("name", ["mcp-session_id", "mcp-protocol_version", "mcp-meth.od", "mcp_session_id"])
def test_no_header_goes_up_that_a_server_may_take_for_one_that_was_judged(name: str) -> None:
    assert b"secret" not in up((name.encode(), b"secret")).values()


@given(st.from_regex(r"x-[a-z0-9_-]{1,20}", fullmatch=True))
def test_no_invented_identity_header_reaches_an_upstream(name: str) -> None:
    assert b"admin" not in up((name.encode(), b"admin")).values()


def test_repeated_headers_keep_their_number_and_order() -> None:
    accepts = ((b"accept", b"application/json"), (b"accept", b"text/event-stream"))
    assert [header for header in kept_up(accepts) if header[0] == b"accept"] == list(accepts)


@pytest.mark.proves("G6")
def test_what_connection_names_is_for_us_alone_in_both_directions() -> None:
    received = ((b"connection", b"keep-alive, Mcp-Name"), (b"mcp-name", b"x"), (b"mcp-method", b"y"))
    assert lower("Mcp-Name") not in up(*received)
    assert lower("Mcp-Method") in up(*received)
    assert lower("Mcp-Name") not in down(*received)
    assert lower("Mcp-Method") in down(*received)


@pytest.mark.parametrize(
    ("received", "framing"),
    [
        ([], {}),
        ([(b"content-length", b"0")], {b"content-length": b"0"}),
        ([(b"content-length", b"7")], {b"content-length": b"7"}),
        ([(b"transfer-encoding", b"chunked")], {b"transfer-encoding": b"chunked"}),
        ([(b"content-length", b"7"), (b"transfer-encoding", b"chunked")], {b"transfer-encoding": b"chunked"}),
        ([(b"connection", b"content-length"), (b"content-length", b"7")], {b"content-length": b"7"}),
    ],
)
def test_a_body_keeps_one_framing(received: list[Header], framing: dict[bytes, bytes]) -> None:
    sent = up(*received)
    assert {name: sent[name] for name in (b"content-length", b"transfer-encoding") if name in sent} == framing


@pytest.mark.parametrize(
    "name",
    [
        "Set-Cookie",
        "WWW-Authenticate",
        "Proxy-Authenticate",
        "Authentication-Info",
        "Server",
        "X-Powered-By",
        "Location",
        "Refresh",
        "Access-Control-Allow-Origin",
        "Access-Control-Allow-Credentials",
        "Connection",
        "Transfer-Encoding",
        "Clear-Site-Data",
        "Strict-Transport-Security",
        "Alt-Svc",
        "Date",
        "X-Request-Id",
    ],
)
def test_an_upstream_speaks_for_itself_and_not_for_our_origin(name: str) -> None:
    assert b"theirs" not in down((name.encode(), b"theirs")).values()


@pytest.mark.parametrize(
    "name",
    ["Content-Type", "Content-Encoding", "Content-Length", "Mcp-Session-Id", "Cache-Control", "Retry-After", "ETag"],
)
def test_what_describes_the_answer_comes_back_as_it_is(name: str) -> None:
    assert down((name.encode(), b"7"))[lower(name)] == b"7"


def test_of_two_framings_of_an_answer_the_chunks_count() -> None:
    assert lower("Content-Length") not in down((b"Content-Length", b"7"), (b"Transfer-Encoding", b"chunked"))


def test_an_answer_that_has_no_content_has_no_length() -> None:
    assert lower("Content-Length") not in down((b"Content-Length", b"7"), status=204)


@pytest.mark.proves("G12")
@pytest.mark.parametrize("content_type", [b"text/event-stream", b"Text/Event-Stream; charset=utf-8"])
def test_a_stream_tells_proxies_not_to_buffer_it(content_type: bytes) -> None:
    assert down((b"Content-Type", content_type), (b"X-Accel-Buffering", b"yes"))[b"x-accel-buffering"] == b"no"


@pytest.mark.proves("H3", "H4", "H5")
def test_every_answer_can_be_read_by_a_page_but_never_with_cookies() -> None:
    headers = down()
    assert headers[b"access-control-allow-origin"] == b"*"
    assert b"WWW-Authenticate" in headers[b"access-control-expose-headers"]
    assert b"access-control-allow-credentials" not in headers
    assert headers[b"x-request-id"] == b"req_1"


PAGES = [b"text/html", b"TEXT/HTML; charset=utf-8", b"image/svg+xml", b"application/xhtml+xml", b"text/javascript", b""]


@pytest.mark.parametrize("content_type", [*PAGES, b"application/json, text/html", b"application/jsonx"])
def test_what_a_browser_may_take_for_a_page_runs_no_script_in_our_name(content_type: bytes) -> None:
    theirs = (b"Content-Security-Policy", b"script-src *")
    headers = down((b"Content-Type", content_type), theirs)
    assert headers[b"content-security-policy"] == b"default-src 'none'; sandbox"
    assert headers[b"x-content-type-options"] == b"nosniff"


def test_a_page_hidden_behind_a_second_type_runs_none_either() -> None:
    types = ((b"Content-Type", b"application/json"), (b"Content-Type", b"text/html"))
    assert lower("Content-Security-Policy") in down(*types)


@pytest.mark.parametrize(
    "content_type", [b"application/json", b"Application/JSON; charset=utf-8", b"text/event-stream"]
)
def test_what_mcp_sends_needs_no_sandbox(content_type: bytes) -> None:
    assert lower("Content-Security-Policy") not in down((b"Content-Type", content_type))
