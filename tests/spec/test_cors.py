import pytest

from consentry.spec.cors import EXPOSED, preflight

ALLOWED = "Access-Control-Allow-Headers"


def allowed(requested: str) -> list[str]:
    return dict(preflight(requested, ["POST"]))[ALLOWED].split(", ")


@pytest.mark.proves("H2")
@pytest.mark.parametrize("requested", ["", "authorization", "authorization,content-type,mcp-protocol-version"])
def test_what_every_client_sends_is_allowed_whether_asked_for_or_not(requested: str) -> None:
    assert {name.lower() for name in allowed(requested)} == {
        "authorization",
        "content-type",
        "accept",
        "mcp-protocol-version",
        "mcp-session-id",
        "last-event-id",
        "mcp-method",
        "mcp-name",
        "dpop",
    }


@pytest.mark.proves("H2")
@pytest.mark.parametrize("name", ["mcp-param-region", "Mcp-Param-X_1", "traceparent", "baggage", "cache-control"])
def test_a_parameter_of_any_name_is_allowed_when_asked_for(name: str) -> None:
    assert allowed(f"authorization, {name}, {name}").count(name) == 1


@pytest.mark.parametrize(
    "name", ["cookie", "x-forwarded-for", "x-mcp-evil", "mcp-a b", "mcp-x\r\nset-cookie: a=b", "*"]
)
def test_nothing_else_is_echoed(name: str) -> None:
    assert allowed(name) == allowed("")


@pytest.mark.proves("H5")
def test_any_origin_may_read_and_none_with_credentials() -> None:
    for headers in (dict(EXPOSED), dict(preflight("", ["GET", "POST"]))):
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in headers
    assert dict(preflight("", ["GET", "POST"]))["Access-Control-Allow-Methods"] == "GET, POST"


@pytest.mark.proves("H3")
def test_a_page_can_read_what_the_protocols_put_into_headers() -> None:
    exposed = set(dict(EXPOSED)["Access-Control-Expose-Headers"].split(", "))
    assert exposed >= {"WWW-Authenticate", "Mcp-Session-Id", "MCP-Protocol-Version", "DPoP-Nonce", "Retry-After"}
