"""Real clients, given nothing but an MCP URL, find an issuer that has a path, or another host than the MCP URL."""

from functools import partial
from pathlib import Path

import pytest
from anyio import to_thread

from tests.journeys.client_process import Name, run
from tests.journeys.installed import installed
from tests.journeys.test_clients import ADD, SPEAKERS, options, text_of

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

LAYOUTS = {
    "paths": (
        "http://127.0.0.1:{port}/functions/v1/mcp-oauth-server",
        "http://127.0.0.1:{port}/functions/v1/mcp-router/{slug}",
    ),
    "another-host": ("http://auth.localhost:{port}", "http://mcp.localhost:{port}/{slug}"),
    "a-host-each": ("http://auth.localhost:{port}/oauth", "http://{slug}.mcp.localhost:{port}/mcp"),
    "at-the-root-of-a-host-each": ("http://auth.localhost:{port}", "http://{slug}.mcp.localhost:{port}"),
}


@pytest.mark.proves("A3", "F1", "F2")
@pytest.mark.parametrize("place", ["inserted", "appended"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("name", "mode"), [SPEAKERS[0], SPEAKERS[2]])
async def test_a_client_given_only_the_url_gets_in_wherever_the_parts_are(
    tmp_path: Path, name: Name, mode: str, layout: str, place: str
) -> None:
    public_url, mcp_url = LAYOUTS[layout]
    settings = {"public_url": public_url, "mcp_url": mcp_url, "resource_metadata": place}
    async with installed(tmp_path / "data", **settings) as here:
        asked = options(here.reminders, tmp_path, mode)
        lines = await to_thread.run_sync(partial(run, name, *asked, "connect", ADD, "disconnect", proxy=here.url))
        assert not [line for line in lines if "error" in line], lines
        assert "milk" in text_of(lines[1])
        (grant,) = await here.grants()
        assert grant.permissions.resource == here.reminders
