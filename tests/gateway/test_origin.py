import pytest

from consentry.gateway.origin import origins_allowed


@pytest.mark.proves("G8")
@pytest.mark.parametrize(
    "origin",
    [
        "https://claude.ai",
        "https://inspector.example:8443",
        "http://localhost:6274",
        "http://127.0.0.1",
        "http://127.9.9.9:80",
        "http://[::1]:6274",
        "http://app.localhost:3000",
    ],
)
def test_https_pages_and_pages_of_this_machine_may_call(origin: str) -> None:
    assert origins_allowed([origin])


@pytest.mark.proves("G8")
@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example",
        "http://evil.example:8000",
        "http://192.168.0.7",
        "http://0.0.0.0:8000",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://notlocalhost",
        "http://evil.example@localhost",
        "http://localhost:port",
        "http://[::1",
        "https://",
        "file://",
        "ftp://localhost",
        "http://localhost/path",
        "https://a.example, http://evil.example",
    ],
)
def test_a_page_that_can_have_been_rebound_to_this_machine_may_not(origin: str) -> None:
    assert not origins_allowed([origin])


def test_no_origin_is_no_browser() -> None:
    assert origins_allowed([])


def test_one_bad_origin_spoils_the_good_one_beside_it() -> None:
    assert not origins_allowed(["https://claude.ai", "http://evil.example"])
