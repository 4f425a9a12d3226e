"""What the probe finds of the demo servers."""

import pytest

from consentry.demo.upstreams import Upstream
from consentry.probe import Found, check

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_server_of_each_kind_is_found_with_its_tools(
    reminders: Upstream, textkit: Upstream, bridge: Upstream
) -> None:
    found = [await check(upstream.url) for upstream in (reminders, textkit, bridge)]
    assert [(each.server_name, each.protocol_version) for each in found if isinstance(each, Found)] == [
        ("reminders", "2026-07-28"),
        ("textkit", "2026-07-28"),
        ("stdio", "2025-11-25"),
    ]
    assert isinstance(found[0], Found)
    assert [tool.name for tool in found[0].tools if tool.destructive] == ["delete_reminder"]
