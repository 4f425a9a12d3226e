"""public_url and mcp_url: what they may be, and what is said where they cannot be."""

import pytest

from consentry.addresses import Addresses
from consentry.settings import load
from tests.test_settings import refused

EACH = "https://{slug}.mcp.example.com/mcp"


@pytest.mark.proves("A14")
@pytest.mark.parametrize(
    "public_url",
    [
        "https://h.example",
        "https://h.example:8443/a/b",
        "https://h.example/functions/v1/mcp-oauth-server",
        "http://127.0.0.1:8000",
        "http://localhost",
        "http://[::1]:1",
        "http://auth.localhost:8000",
    ],
)
def test_https_and_loopback_are_taken(public_url: str) -> None:
    assert load(None, {}, public_url=f"{public_url}/").public_url == public_url


@pytest.mark.proves("A14", "A2")
@pytest.mark.parametrize(
    "public_url",
    [
        "http://h.example",
        "http://10.0.0.1",
        "http://127.0.0.1.h.example",
        "http://localhost.h.example",
        "ftp://h.example",
        "h.example",
        "",
        "https://",
        "https://h.example?a=b",
        "https://h.example/?",
        "https://h.example/#a",
        "https://h.example#",
        "https://user@h.example",
        "https://h.example/a b",
        'https://h.example/"',
        "https://h.example:99999",
        "https://h.example:443",
        "https://h.example:",
        "http://127.0.0.1:80",
        "HTTPS://h.example",
        "https://H.example",
        "https://h.example/{slug}",
        "https://h.example/a//b",
        "https://h.example/a/../b",
        "https://h.example/./a",
        "https://h.example/%61",
    ],
)
def test_any_other_public_url_is_refused_with_what_to_write(public_url: str) -> None:
    assert refused(public_url=public_url).startswith(("public_url: ", "mcp_url: "))


@pytest.mark.parametrize(
    ("mcp_url", "at"),
    [
        ("{public_url}/mcp/{slug}", "https://h.example/auth/mcp/x"),
        ("{public_url}/a/b/{slug}", "https://h.example/auth/a/b/x"),
        ("{public_url}/mcp/{slug}/v1", "https://h.example/auth/mcp/x/v1"),
        ("https://h.example/functions/v1/mcp-router/{slug}", "https://h.example/functions/v1/mcp-router/x"),
        ("https://h.example/token/{slug}", "https://h.example/token/x"),
        ("https://mcp.example.com/{slug}", "https://mcp.example.com/x"),
        ("https://mcp.example.com:8443/a/{slug}/mcp", "https://mcp.example.com:8443/a/x/mcp"),
        ("https://h.example:8443/{slug}", "https://h.example:8443/x"),
        (EACH, "https://x.mcp.example.com/mcp"),
        ("https://{slug}.mcp.example.com", "https://x.mcp.example.com"),
        ("https://{slug}.h.example/mcp", "https://x.h.example/mcp"),
    ],
)
def test_the_mcp_url_is_a_template(mcp_url: str, at: str) -> None:
    settings = load(None, {}, public_url="https://h.example/auth", mcp_url=mcp_url)
    assert Addresses(settings.public_url, settings.mcp_template).mcp_url("x") == at


def test_on_loopback_every_deployment_may_have_a_name_below_localhost() -> None:
    mcp_url = "http://{slug}.localhost:8000/mcp"
    assert load(None, {}, mcp_url=mcp_url).mcp_template == mcp_url


@pytest.mark.parametrize(
    ("mcp_url", "said"),
    [
        ("{public_url}/mcp", "names {slug} once"),
        ("{public_url}/{slug}/{slug}", "names {slug} once"),
        ("https://{slug}.h.example/{slug}", "names {slug} once"),
        ("", "names {slug} once"),
        ("{public_url}/mcp/x-{slug}", "a whole word"),
        ("https://x-{slug}.h.example/mcp", "a whole word"),
        ("https://{slug}-x.h.example/mcp", "a whole word"),
        ("https://a.{slug}.h.example/mcp", "a whole word"),
        ("https://{slug}/mcp", "a whole word"),
        ("https://{slug}:8443/mcp", "a whole word"),
        ("https://user@{slug}.h.example/mcp", "a whole word"),
        ("{public_url}/mcp?x={slug}", "a whole word"),
        ("{public_url}/mcp?x=/{slug}", "without query"),
        ("{public_url}/mcp#/{slug}", "without query"),
        ("/mcp/{slug}", "a whole word"),
        ("{slug}", "a whole word"),
        ("{public_url}/mcp/{slug}/", "none at the end"),
        ("https://{slug}.h.example/", "none at the end"),
        ("https://H.example/mcp/{slug}", "small letters"),
        ("https://other.example:443/{slug}", "leave the port out"),
        ("http://h.example/mcp/{slug}", "only https"),
        ("http://127.0.0.1:8000/mcp/{slug}", "begins with https://"),
        ("https://other.example/.well-known/{slug}", "choose another word"),
        ("{public_url}/{slug}", "put a word before"),
        ("{public_url}/{slug}/mcp", "put a word before"),
        ("https://h.example/{slug}", "put a word before"),
        ("{public_url}/token/{slug}", "/token below public_url is this server's own"),
        ("{public_url}/register/{slug}", "/register below public_url is this server's own"),
        ("{public_url}/static/a/{slug}", "/static below public_url is this server's own"),
    ],
)
def test_an_mcp_url_that_cannot_be_served_is_refused(mcp_url: str, said: str) -> None:
    sentence = refused(public_url="https://h.example/auth", mcp_url=mcp_url)
    assert sentence.startswith("mcp_url: ")
    assert said in sentence
    assert "\n" not in sentence


def test_the_issuer_cannot_be_one_of_the_mcp_urls() -> None:
    said = refused(public_url="https://h.example/mcp/auth", mcp_url="https://h.example/mcp/{slug}")
    assert said == "mcp_url: public_url would be one of the MCP URLs: give either another word."


@pytest.mark.parametrize("name", ["service_documentation", "op_policy_uri"])
@pytest.mark.parametrize("url", ["http://h.example", "javascript:alert(1)", "guide", ""])
def test_what_the_metadata_points_to_is_https(name: str, url: str) -> None:
    assert refused(None, {f"CONSENTRY_{name.upper()}": url}) == f"{name}: write it as https://host/path."
