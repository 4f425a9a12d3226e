"""The journeys' own browser does what a person's would: forms, cookies, origins and the way back to a client."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from tests.journeys.clients.browser import Browser, Left, NoWayOnError
from tests.journeys.clients.cookies import CookieJar
from tests.journeys.clients.page import Page, read_page

CALLBACK = "http://127.0.0.1:9/callback"
SIGN_IN = """<title>Sign in</title><form method="post" action="/login"><input type="hidden" name="csrf" value="a&amp;b">
<input name="email"><input type="password" name="password"><button>Sign in</button></form>"""
CONSENT = """<form method="post" action="/consent"><input type="checkbox" name="tool" value="add" checked>
<input type="checkbox" name="tool" value="delete"><button name="decision" value="yes"> <b>Approve</b> </button>
<input type="submit" name="decision" value="Deny"></form>"""


class Host(ThreadingHTTPServer):
    """A host with a sign-in and a consent page; `seen` is what was posted, with its headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.seen: list[tuple[str, dict[str, list[str]], dict[str, str]]] = []


class Desk(BaseHTTPRequestHandler):
    server: Host

    def do_GET(self) -> None:
        if self.path.startswith("/authorize"):
            signed_in = "who=me" in self.headers.get("Cookie", "")
            self.answer(303, {"Location": "/consent" if signed_in else "/login"})
        elif self.path == "/hop":
            self.answer(200, {}, f'<meta http-equiv="refresh" content="0; url={CALLBACK}?code=1&amp;state=2">')
        else:
            self.answer(200, {"Referrer-Policy": "no-referrer"}, CONSENT if self.path == "/consent" else SIGN_IN)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        sent = parse_qs(self.rfile.read(length).decode())
        self.server.seen.append((self.path, sent, {name.lower(): value for name, value in self.headers.items()}))
        if self.path == "/consent":
            self.answer(303, {"Location": "/hop"})
        elif sent["password"] == ["right"]:
            self.answer(303, {"Location": "/authorize", "Set-Cookie": "who=me; HttpOnly; SameSite=Lax; Path=/"})
        else:
            self.answer(401, {}, f"<p>That did not match.</p>{SIGN_IN}")

    def answer(self, status: int, headers: dict[str, str], body: str = "") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing on standard error."""


@pytest.fixture
def host() -> Iterator[Host]:
    with Host() as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield server
        server.shutdown()
        serving.join()


def test_it_signs_in_approves_and_stops_at_the_callback_of_the_client(host: Host) -> None:
    assert Browser().approve(f"{host.url}/authorize", "me@example.com", "right") == f"{CALLBACK}?code=1&state=2"
    (_, typed, headers), (_, decided, _) = host.seen
    assert typed == {"csrf": ["a&b"], "email": ["me@example.com"], "password": ["right"]}
    assert decided == {"tool": ["add"], "decision": ["yes"]}
    assert headers["sec-fetch-site"] == "same-origin"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert "referer" not in headers


def test_it_presses_deny_where_asked(host: Host) -> None:
    Browser().approve(f"{host.url}/authorize", "me@example.com", "right", "Deny")
    assert host.seen[-1][1]["decision"] == ["Deny"]


def test_a_browser_that_is_signed_in_is_not_asked_again(host: Host) -> None:
    browser = Browser()
    for _ in range(2):
        browser.approve(f"{host.url}/authorize", "me@example.com", "right")
    assert [path for path, _, _ in host.seen] == ["/login", "/consent", "/consent"]


def test_a_refused_sign_in_is_an_error_with_the_text_of_the_page(host: Host) -> None:
    with pytest.raises(NoWayOnError, match=r"refused.*HTTP 401.*That did not match"):
        Browser().approve(f"{host.url}/authorize", "me@example.com", "wrong")
    assert len(host.seen) == 1


def test_a_page_under_no_referrer_posts_a_null_origin(host: Host) -> None:
    browser = Browser()
    for page in (browser.open(f"{host.url}/login"), Page(f"{host.url}/login", 200, forms=[])):
        form = read_page(host.url, 200, [], SIGN_IN).forms[0]
        assert isinstance(page, Page)
        browser.submit(page, form, typed={"password": "wrong"})
    assert [headers["origin"] for _, _, headers in host.seen] == ["null", host.url]


def test_a_callback_of_the_clients_own_scheme_is_where_it_stops(host: Host) -> None:
    assert Browser().open("cursor://anysphere/callback", callback="cursor://anysphere/callback") == Left(
        "cursor://anysphere/callback"
    )


def test_a_secure_cookie_over_http_and_a_host_cookie_with_a_path_are_not_kept() -> None:
    jar = CookieJar()
    jar.keep("http://h/", ["a=1; Secure", "__Host-b=1; Path=/", "c=1; Path=/only"])
    jar.keep("https://h/", ["d=1; Secure", "__Host-e=1; Secure; Path=/x", "__Host-f=1; Secure; Path=/"])
    assert (jar.header("http://h/"), jar.header("http://h/only/x"), jar.header("https://h/")) == (
        "",
        "c=1",
        "d=1; __Host-f=1",
    )
    jar.keep("https://h/", ['__Host-f=""; Secure; Path=/; Max-Age=0'])
    assert jar.header("https://h/") == "d=1"
