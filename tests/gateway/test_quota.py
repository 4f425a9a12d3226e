"""How long to wait, in words for a model to read."""

import pytest

from consentry.gateway.quota import wait


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (120, "120 seconds"),
        (121, "3 minutes"),
        (3660, "61 minutes"),
        (7201, "3 hours"),
        (172_801, "3 days"),
        (31 * 86_400, "31 days"),
    ],
)
def test_a_wait_is_rounded_up(seconds: int, words: str) -> None:
    assert wait(seconds) == words
