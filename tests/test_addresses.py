import pytest

from consentry.addresses import Addresses

ROOT = Addresses("https://h.example", "https://h.example/mcp/{slug}")
EACH = Addresses("https://h.example/auth", "https://{slug}.mcp.example/mcp")
DEEP = Addresses("https://h.example:8443/v1/auth", "https://h.example:8443/v1/router/{slug}")


def test_at_the_root_nothing_stands_before_the_paths() -> None:
    assert (ROOT.prefix, ROOT.origin, ROOT.secure) == ("", "https://h.example", True)
    assert ROOT.endpoint("token") == "https://h.example/token"
    assert ROOT.path("login") == "/login"


def test_below_a_path_everything_moves_with_it() -> None:
    assert (DEEP.prefix, DEEP.origin) == ("/v1/auth", "https://h.example:8443")
    assert DEEP.endpoint("token") == "https://h.example:8443/v1/auth/token"
    assert DEEP.path("login") == "/v1/auth/login"
    assert DEEP.mcp_path() == "/v1/router/{slug}"


@pytest.mark.proves("F1", "F2")
def test_a_deployment_has_its_url_and_its_metadata_before_the_path() -> None:
    assert ROOT.mcp_url("x") == "https://h.example/mcp/x"
    assert ROOT.resource_metadata_url("x") == "https://h.example/.well-known/oauth-protected-resource/mcp/x"
    assert DEEP.resource_metadata_url("x") == (
        "https://h.example:8443/.well-known/oauth-protected-resource/v1/router/x"
    )


@pytest.mark.proves("F1", "F2")
def test_with_a_host_each_the_slug_is_its_name() -> None:
    assert EACH.mcp_url("x") == "https://x.mcp.example/mcp"
    assert EACH.mcp_root("x") == "https://x.mcp.example"
    assert EACH.resource_metadata_url("x") == "https://x.mcp.example/.well-known/oauth-protected-resource/mcp"
    assert (EACH.host_each, EACH.one_host, EACH.root_is_issuer) == (True, False, False)
    assert EACH.is_mcp_url("https://any.MCP.example:443/mcp")
    assert not EACH.is_mcp_url("https://any.other.example/mcp")
    assert not EACH.is_mcp_url("https://mcp.example/mcp")


def test_metadata_may_be_named_behind_the_path() -> None:
    appended = Addresses(DEEP.issuer, DEEP.mcp_template, appended=True)
    at = "https://h.example:8443/v1/router/x/.well-known/oauth-protected-resource"
    assert appended.resource_metadata_url("x") == at


@pytest.mark.parametrize(
    ("addresses", "slug", "said"),
    [
        (
            Addresses("https://auth.h.example", "https://{slug}.h.example/mcp"),
            "auth",
            "auth would be at auth.h.example",
        ),
        (Addresses("https://h.example", "https://{slug}.h.example/mcp"), "xn--80ak6aa92e", "no two hyphens"),
        (Addresses("https://h.example", "https://mcp.example/{slug}"), "token", "/token on mcp.example is where"),
    ],
)
def test_a_slug_that_could_not_be_reached_is_none(addresses: Addresses, slug: str, said: str) -> None:
    assert said in (addresses.slug_fault(slug) or "")
    assert addresses.slug_fault("notes") is None
    assert ROOT.slug_fault(slug) is None


def test_on_loopback_http_is_not_secure() -> None:
    assert not Addresses("http://127.0.0.1:8000", "http://127.0.0.1:8000/mcp/{slug}").secure


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://h.example:8443/v1/router/x", True),
        ("HTTPS://H.example:8443/v1/router/x/y?z", True),
        ("https://h.example/v1/router/x", False),
        ("http://h.example:8443/v1/router/x", False),
        ("https://h.example:8443/v1/routers/x", False),
        ("https://other.example:8443/v1/router/x", False),
        ("nowhere", False),
    ],
)
def test_our_own_mcp_urls_are_known_in_any_spelling(url: str, ours: bool) -> None:
    assert DEEP.is_mcp_url(url) is ours


def test_a_default_port_and_loopback_s_names_are_spellings_too() -> None:
    assert ROOT.is_mcp_url("https://h.example:443/mcp/x")
    local = Addresses("http://127.0.0.1:8000", "http://127.0.0.1:8000/mcp/{slug}")
    assert local.is_mcp_url("http://localhost:8000/mcp/x")
    assert local.is_mcp_url("http://[::1]:8000/mcp/x")
    assert not local.is_mcp_url("http://localhost:8001/mcp/x")
