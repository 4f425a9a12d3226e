"""Whether a known application can reach an MCP URL, by the URL alone."""

import pytest

from consentry.clients import presets, reach
from consentry.clients.presets import PRESETS, Preset


@pytest.mark.parametrize("preset", sorted(reach.HOSTED))
@pytest.mark.parametrize(
    "mcp_url",
    [
        "http://127.0.0.1:8000/mcp/x",
        "https://localhost/mcp/x",
        "https://[::1]/mcp/x",
        "https://10.0.0.7/mcp/x",
        "https://[fd00::1]/mcp/x",
        "https://nas/mcp/x",
        "https://nas.local/mcp/x",
        "https://mcp.corp.internal/mcp/x",
        "http://mcp.example.com/mcp/x",
    ],
)
def test_a_hosted_application_reaches_nothing_inside_and_nothing_without_tls(preset: Preset, mcp_url: str) -> None:
    found = reach.of(preset, mcp_url)
    assert not found.reachable
    assert "public https address" in found.sentence
    assert "public https address" in found.brief
    assert found.sentence.split("machines, and ")[1] == (reach.of_hosted(mcp_url) or "").split("machines, and ")[1]


@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize(
    "mcp_url", ["https://mcp.example.com/mcp/x", "https://8.8.8.8/mcp", "https://[2606:4700::1]/m"]
)
def test_every_application_reaches_a_public_address(preset: Preset, mcp_url: str) -> None:
    assert reach.of(preset, mcp_url) == reach.Reach(True)
    assert reach.of_hosted(mcp_url) is None


@pytest.mark.parametrize("preset", sorted(set(PRESETS) - reach.HOSTED))
def test_an_application_of_ones_own_machine_is_told_how_far_it_goes(preset: Preset) -> None:
    assert "this very computer" in reach.of(preset, "http://127.0.0.1:8000/mcp/x").sentence
    assert "inside of your network" in reach.of(preset, "https://nas.local/mcp/x").sentence


def test_a_client_is_known_by_its_redirect_uris() -> None:
    for preset, (name, uris) in PRESETS.items():
        assert presets.recognised(name, uris) in {preset, "claude-desktop", "claude-both"}
        assert presets.recognised("Renamed", (*uris, presets.OLDER_CLAUDE)) is not None
    assert presets.recognised("Claude", ("https://claude.ai.evil.example/api/mcp/auth_callback",)) is None
    assert presets.recognised("Claude", ()) is None
