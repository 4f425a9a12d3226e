import pytest

from consentry.grants import code, refresh, token
from consentry.grants.exchange import Exchange
from consentry.spec.errors import Refusal
from tests.builders import NETWORK, NOW, client, params, terms


def request(grant_type: str | None, *registered: str) -> Exchange:
    return Exchange(params(grant_type=grant_type), client(grant_types=registered), NETWORK, terms(), NOW)


def test_a_grant_that_the_client_registered_for_is_chosen() -> None:
    both = ("authorization_code", "refresh_token")
    assert token.choose(request("authorization_code", *both)) is code.exchange
    assert token.choose(request("refresh_token", *both)) is refresh.exchange


@pytest.mark.proves("D24", "D25")
@pytest.mark.parametrize(
    ("grant_type", "error"),
    [
        (None, "invalid_request"),
        ("", "invalid_request"),
        ("implicit", "unsupported_grant_type"),
        ("password", "unsupported_grant_type"),
        ("client_credentials", "unauthorized_client"),
        ("AUTHORIZATION_CODE", "unsupported_grant_type"),
        ("refresh_token", "unauthorized_client"),
    ],
)
def test_any_other_is_refused_by_the_standards_name(grant_type: str | None, error: str) -> None:
    refusal = token.choose(request(grant_type, "authorization_code"))
    assert isinstance(refusal, Refusal)
    assert refusal.error == error
