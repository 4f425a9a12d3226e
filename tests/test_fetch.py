"""A stranger's URL, fetched over real TLS: what is refused, what is pinned, what is bounded."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from consentry.fetch import MOST_AT_ONCE_PER_HOST, Fetcher
from consentry.spec.retrieval import Bounds, Fetched, Unfetched
from tests.strangers import HOST, OTHER_PUBLIC, PUBLIC, Web, strangers

pytestmark = pytest.mark.anyio

BOUNDS = Bounds(most_bytes=5120, seconds=10, accept="application/json")
URL = f"https://{HOST}/client.json"


@pytest.fixture
async def web(anyio_backend: str) -> AsyncIterator[Web]:
    async with strangers() as there:
        there.say("/client.json", "{}")
        yield there


async def refused(web: Web, url: str = URL, bounds: Bounds = BOUNDS) -> Unfetched:
    outcome = await web.fetcher()(url, bounds)
    assert isinstance(outcome, Unfetched), outcome
    assert outcome.sentence.endswith(".")
    return outcome


async def test_what_is_there_is_brought_with_its_type_and_its_cache_headers(web: Web) -> None:
    web.say("/client.json?a=b%20c", '{"a": 1}', "Content-Type: Application/JSON; charset=utf-8", "Cache-Control: x")
    outcome = await web.fetcher()(f"{URL}?a=b%20c", BOUNDS)
    assert outcome == Fetched(f"{URL}?a=b%20c", "application/json", b'{"a": 1}', {"cache-control": "x"})
    (request,) = web.asked
    assert request.startswith("GET /client.json?a=b%20c HTTP/1.1\r\n")
    headers = dict(line.lower().split(": ", 1) for line in request.split("\r\n")[1:] if line)
    assert headers == {
        "host": HOST,
        "user-agent": "consentry",
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "close",
    }


@pytest.mark.proves("B5")
async def test_the_connection_goes_to_the_address_that_was_checked_whatever_the_name_says_next(web: Web) -> None:
    web.names[HOST] = [(PUBLIC,), ("127.0.0.1",)]
    assert isinstance(await web.fetcher()(URL, BOUNDS), Fetched)
    assert (web.resolved, web.dialled) == ([HOST], [PUBLIC])
    assert (await refused(web)).reason == "special_use"
    assert len(web.asked) == 1


@pytest.mark.proves("B5")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.7",
        "169.254.169.254",
        "192.168.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
async def test_a_name_that_leads_to_a_private_address_is_not_called_even_beside_a_public_one(
    web: Web, address: str
) -> None:
    for addresses in ((address,), (PUBLIC, address), (address, PUBLIC)):
        web.names[HOST] = [addresses]
        assert (await refused(web)).reason == "special_use"
    assert web.dialled == []


@pytest.mark.proves("B5")
@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[fd00:ec2::254]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://127.1/x",
        "https://0/x",
        "https://localhost/x",
        "https://localhost./x",
    ],
)
async def test_an_address_in_whatever_spelling_is_looked_at_as_the_system_reads_it(url: str) -> None:
    for fetcher in (Fetcher(), Fetcher(loopback=True)):
        if fetcher.loopback and url.split("/")[2] in {"127.0.0.1", "[::1]", "localhost"}:
            continue
        outcome = await fetcher(url, BOUNDS)
        assert isinstance(outcome, Unfetched)
        assert outcome.reason in {"special_use", "resolve"}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://client.example/x", "scheme"),
        ("http://127.0.0.1/x", "scheme"),
        ("http://localhost:8000/x", "scheme"),
        ("ftp://client.example/x", "scheme"),
        ("file:///etc/passwd", "url"),
        ("https:///x", "url"),
        ("https://client.example:port/x", "url"),
        ("https://a@client.example/x", "url"),
        ("https://a:b@client.example/x", "url"),
        ("https://client.example/a b", "url"),
        ("https://client.example/\r\nX: y", "url"),
        ("//client.example/x", "url"),
        ("https://unknown.example/x", "resolve"),
    ],
)
async def test_what_is_no_https_url_is_refused_without_asking_anybody(web: Web, url: str, reason: str) -> None:
    assert (await refused(web, url)).reason == reason
    assert web.dialled == []


@pytest.mark.proves("B3")
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_not_followed(web: Web, status: str) -> None:
    web.say("/client.json", "", f"Location: https://{HOST}/elsewhere", status=status)
    outcome = await refused(web)
    assert (outcome.reason, "redirects" in outcome.sentence) == ("status", True)
    assert web.paths() == ["/client.json"]


@pytest.mark.proves("B3")
@pytest.mark.parametrize("status", ["201 Created", "204 No Content", "206 Partial", "403 Forbidden", "500 Broken"])
async def test_only_200_is_taken(web: Web, status: str) -> None:
    web.say("/client.json", "" if status.startswith("204") else "{}", status=status)
    outcome = await refused(web)
    assert (outcome.reason, status[:3] in outcome.sentence) == ("status", True)


@pytest.mark.proves("B6")
async def test_a_body_up_to_the_bound_is_taken_and_one_byte_more_is_not(web: Web) -> None:
    web.say("/client.json", "x" * 5120)
    assert isinstance(await web.fetcher()(URL, BOUNDS), Fetched)
    web.say("/client.json", "x" * 5121)
    assert (await refused(web)).reason == "size"
    web.say("/client.json", "", "Content-Length: 99999999999999")
    assert (await refused(web)).reason == "size"
    web.say(
        "/client.json", b"".join(b"400\r\n" + b"x" * 1024 + b"\r\n" for _ in range(6)), "Transfer-Encoding: chunked"
    )
    assert (await refused(web)).reason == "size"


async def test_a_compressed_answer_is_refused_since_it_may_be_a_bomb(web: Web) -> None:
    web.say("/client.json", b"\x1f\x8b", "Content-Encoding: gzip")
    assert (await refused(web)).reason == "encoding"


@pytest.mark.proves("B6")
async def test_who_does_not_answer_in_time_is_left(web: Web) -> None:
    web.answers["/client.json"] = None
    outcome = await refused(web, bounds=Bounds(5120, 0.2, "*/*"))
    assert outcome == Unfetched(f"{HOST} did not answer within 0.2 seconds.", "timeout")


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b"\0" * 99])
async def test_what_is_no_whole_answer_is_a_sentence(web: Web, said: bytes) -> None:
    web.answers["/client.json"] = said
    assert (await refused(web)).reason == "connection"


async def test_the_certificate_must_be_of_the_name_though_the_connection_goes_to_an_address() -> None:
    async with strangers(name="other.example") as web:
        outcome = await refused(web)
        assert (outcome.reason, "certificate" in outcome.sentence) == ("connection", True)
        assert web.asked == []


async def test_the_next_address_is_tried_where_the_first_cannot_be_reached(web: Web) -> None:
    web.names[HOST] = [(OTHER_PUBLIC, PUBLIC)]
    web.unreachable = {OTHER_PUBLIC}
    assert isinstance(await web.fetcher()(URL, BOUNDS), Fetched)
    assert web.dialled == [OTHER_PUBLIC, PUBLIC]
    web.unreachable = {OTHER_PUBLIC, PUBLIC}
    assert (await refused(web)).sentence == f"{HOST} cannot be reached."


async def test_one_host_is_asked_for_few_things_at_once(web: Web) -> None:
    web.hold = asyncio.Event()
    fetcher = web.fetcher()
    first = [asyncio.create_task(fetcher(URL, BOUNDS)) for _ in range(MOST_AT_ONCE_PER_HOST)]
    while len(web.asked) < MOST_AT_ONCE_PER_HOST:
        await asyncio.sleep(0)
    refusal = await fetcher(URL, BOUNDS)
    assert isinstance(refusal, Unfetched)
    assert refusal.reason == "busy"
    web.hold.set()
    assert all(isinstance(outcome, Fetched) for outcome in await asyncio.gather(*first))
    assert isinstance(await fetcher(URL, BOUNDS), Fetched)


@pytest.mark.proves("B5")
async def test_an_installation_on_loopback_may_look_around_on_loopback_and_only_by_its_own_names() -> None:
    async with strangers(tls=False) as web:
        web.say("/client.json", "{}")
        web.names = {"localhost": [("127.0.0.1",)], "127.0.0.1": [("127.0.0.1",)], HOST: [("127.0.0.1",)]}
        fetcher = web.fetcher(loopback=True)
        for host in ("localhost", "127.0.0.1"):
            assert isinstance(await fetcher(f"http://{host}:{web.port}/client.json", BOUNDS), Fetched)
        web.names["localhost"] = [("10.0.0.1",)]
        for url, reason in (
            ("http://localhost/client.json", "special_use"),
            (URL, "special_use"),
            (f"http://{HOST}/client.json", "scheme"),
            ("http://192.168.0.1/client.json", "scheme"),
        ):
            outcome = await fetcher(url, BOUNDS)
            assert isinstance(outcome, Unfetched)
            assert outcome.reason == reason


async def test_the_real_way_out_reaches_a_server() -> None:
    async with strangers(tls=False) as web:
        web.say("/client.json", "{}")
        outcome = await Fetcher(loopback=True)(f"http://127.0.0.1:{web.port}/client.json", BOUNDS)
        assert isinstance(outcome, Fetched)
