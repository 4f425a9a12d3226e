"""Where an upstream may be: looked at when it is named, and when it is called."""

from dataclasses import replace

import pytest

from consentry.gateway.model import Stop
from consentry.gateway.upstream import UpstreamConnection, Upstreams, destination_of
from consentry.probe import Unreachable
from consentry.reaching import UNOPENED, Reaching
from tests.builders import deployment, sealer
from tests.gateway.serving import nobody, serving
from tests.gateway.upstreams import echo

pytestmark = pytest.mark.anyio

PUBLIC, PRIVATE = "93.184.216.34", "10.0.0.7"


def leading_to(*addresses: str, allow_private: bool = False) -> Reaching:
    """An upstream's name leads there, whatever it is."""

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return addresses

    return Reaching(sealer(), allow_private, resolve)


@pytest.mark.proves("G18")
@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        (PRIVATE,),
        ("169.254.169.254",),
        ("::1",),
        ("fd00::1",),
        ("::ffff:127.0.0.1",),
        (PUBLIC, PRIVATE),
    ],
)
async def test_what_leads_inside_is_refused_when_it_is_named_and_when_it_is_called(addresses: tuple[str, ...]) -> None:
    way = leading_to(*addresses)
    fault = await way.fault("https://upstream.example/mcp")
    assert fault is not None
    assert "allow_private_upstreams" in fault
    refused = await way.addresses("upstream.example", 443)
    assert isinstance(refused, Stop)
    assert refused.status == 502
    assert "allow_private_upstreams" in refused.message
    assert addresses[-1] not in refused.message


async def test_what_is_public_or_leads_nowhere_yet_may_be_named() -> None:
    assert await leading_to(PUBLIC).fault("https://upstream.example/mcp") is None
    assert await leading_to(PUBLIC).addresses("upstream.example", 443) == (PUBLIC,)
    assert await Reaching(sealer()).fault("https://nowhere.invalid/mcp") is None
    assert await leading_to(PRIVATE, allow_private=True).fault("https://upstream.example/mcp") is None


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://[::1]/"])
async def test_an_address_is_looked_at_however_it_is_written(url: str) -> None:
    assert await Reaching(sealer()).fault(url) is not None


@pytest.mark.proves("G18")
async def test_a_connection_goes_to_the_address_that_was_looked_at_and_serves_nobody_else() -> None:
    async def here(host: str, port: int) -> tuple[str, ...]:
        return ("127.0.0.1",)

    async with Upstreams(resolve=here) as upstreams, serving(echo) as base:
        port = base.rpartition(":")[2]
        guarded = destination_of(f"http://no-such-name.invalid:{port}/mcp", True).origin
        connection = await upstreams.connect(guarded)
        assert isinstance(connection, UpstreamConnection)
        connection.leave()
        own = await upstreams.connect(destination_of(base).origin)
        assert isinstance(own, UpstreamConnection)
        upstreams._keep(own)  # as after a call
        assert upstreams.take(destination_of(base, True).origin) is None
        assert upstreams.take(destination_of(base).origin) is own
        own.leave()


async def test_without_anybody_who_looks_a_guarded_upstream_is_not_called() -> None:
    with nobody() as url:
        async with Upstreams() as upstreams:
            assert isinstance(await upstreams.connect(destination_of(url, True).origin), Stop)


async def test_whoever_lists_tools_goes_the_same_way() -> None:
    guarded = replace(deployment(), guarded=True)
    found = await leading_to(PRIVATE).look(guarded, 5)
    assert isinstance(found, Unreachable)
    assert "allow_private_upstreams" in found.sentence
    sealed = replace(deployment(), sealed_headers=b"of another key")
    assert await leading_to(PUBLIC).look(sealed, 5) == Unreachable(UNOPENED)
