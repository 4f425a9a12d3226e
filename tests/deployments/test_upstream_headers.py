import pytest

from consentry.deployments import upstream_headers
from consentry.deployments.upstream_headers import Fields
from tests.builders import sealer

URL = "https://upstream.example/mcp"


def parsed(*lines: str) -> Fields:
    found = upstream_headers.parse(lines)
    assert not isinstance(found, str), found
    return found


def test_a_header_is_a_name_and_a_value() -> None:
    assert parsed("Authorization: Bearer a:b ", "X-Key:k", "X-Gone:") == (
        ("authorization", "Bearer a:b"),
        ("x-key", "k"),
        ("x-gone", ""),
    )


@pytest.mark.parametrize(
    "line",
    [
        "X-Key",
        ": v",
        "X Key: v",
        "X-Kéy: v",
        "X-Key: a\r\nHost: evil",
        "X-Key: a\x00b",
        "X-Key: é",
        "X-Key: " + "v" * 8193,
        "x" * 101 + ": v",
    ],
)
def test_what_is_no_header_is_refused_without_telling_its_value(line: str) -> None:
    fault = upstream_headers.parse([line])
    assert isinstance(fault, str)
    assert "evil" not in fault


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "TE",
        "Trailer",
        "Upgrade",
        "Keep-Alive",
        "Proxy-Authorization",
        "Expect",
        "Content-Type",
        "Mcp-Session-Id",
        "X-Consentry-Identity",
        "X-Request-Id",
    ],
)
def test_what_frames_or_routes_a_message_is_the_gateway_s_own(name: str) -> None:
    fault = upstream_headers.parse([f"{name}: v"])
    assert isinstance(fault, str)
    assert "gateway's own" in fault


def test_one_is_given_once_and_not_without_end() -> None:
    assert "given twice" in str(upstream_headers.parse(["X-Key: a", "x-key: b"]))
    many = tuple((f"x-{number}", "v") for number in range(21))
    assert upstream_headers.fault(many) is not None
    assert upstream_headers.fault(many[:20]) is None


def test_one_takes_the_place_of_its_namesake_and_one_without_value_takes_it_away() -> None:
    before = (("a", "1"), ("b", "2"))
    assert upstream_headers.merged(before, (("b", "3"), ("c", "4"))) == (("a", "1"), ("b", "3"), ("c", "4"))
    assert upstream_headers.merged(before, (("a", ""),)) == (("b", "2"),)


def test_what_is_sealed_for_one_origin_opens_for_no_other() -> None:
    ours, fields = sealer(), parsed("Authorization: Bearer secret")
    sealed = upstream_headers.seal(fields, URL, ours)
    assert sealed is not None
    assert b"secret" not in sealed
    for same in (URL, "https://upstream.example/other", "HTTPS://UPSTREAM.example:443"):
        assert upstream_headers.unseal(sealed, same, ours) == fields
    for other in ("http://upstream.example/mcp", "https://upstream.example:444/mcp", "https://evil.example/mcp", ""):
        assert upstream_headers.unseal(sealed, other, ours) is None
    assert upstream_headers.unseal(sealed, URL, sealer(b"another key of another operator!!")) is None


def test_no_headers_are_nothing_to_seal() -> None:
    assert upstream_headers.seal((), URL, sealer()) is None
    assert upstream_headers.unseal(None, URL, sealer()) == ()
