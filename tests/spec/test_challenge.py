import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec.challenge import Challenge, ChallengeError

METADATA = "https://h/.well-known/oauth-protected-resource/mcp/x"
ERRORS: list[ChallengeError | None] = [None, "invalid_request", "invalid_token", "insufficient_scope"]
PAIR = r'[a-z_]+="[\x20-\x21\x23-\x5b\x5d-\x7e]*"'


@pytest.mark.proves("F6")
@given(st.sampled_from(ERRORS), st.text(st.characters(exclude_categories=[])), st.frozensets(st.sampled_from("abc")))
def test_whatever_it_describes_it_is_one_line_of_quoted_pairs(
    error: ChallengeError | None, description: str, scope: frozenset[str]
) -> None:
    line = Challenge(METADATA, scope, error, description).render()
    assert re.fullmatch(f"Bearer {PAIR}(, {PAIR})*", line)
    assert f'resource_metadata="{METADATA}"' in line


@pytest.mark.proves("F6", "F7", "F8")
def test_where_no_token_was_sent_there_is_no_error() -> None:
    challenge = Challenge(METADATA, frozenset({"write", "mcp"}), None, "not said")
    assert challenge.render() == f'Bearer resource_metadata="{METADATA}", scope="mcp write"'
    assert challenge.status == 401


@pytest.mark.parametrize(
    ("error", "status"), [("invalid_request", 400), ("invalid_token", 401), ("insufficient_scope", 403)]
)
def test_each_error_has_its_status(error: ChallengeError, status: int) -> None:
    challenge = Challenge(METADATA, frozenset({"mcp"}), error, 'The "token" ended.')
    assert challenge.status == status
    assert f'error="{error}", error_description="The token ended."' in challenge.render()
