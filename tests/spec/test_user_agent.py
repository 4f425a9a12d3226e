import pytest

from consentry.spec.user_agent import words

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("user_agent", "named"),
    [
        (CHROME, "Chrome on Windows"),
        (f"{CHROME} Edg/130.0.0.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 10; K) Chrome/130.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Firefox/1", "Firefox"),
        ("curl/8.5.0", None),
        ("<script>alert(1)</script>", None),
        ("", None),
        (None, None),
    ],
)
def test_a_browser_is_called_as_a_person_calls_it(user_agent: str | None, named: str | None) -> None:
    assert words(user_agent) == named
