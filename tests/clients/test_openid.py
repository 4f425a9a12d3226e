"""What of OpenID Connect can be registered."""

import pytest

from consentry.clients import register
from consentry.clients.model import Json
from consentry.clients.policy import RegistrationPolicy
from consentry.clients.register import Registered
from consentry.spec.errors import Refusal
from tests.builders import NOW, REDIRECT_URI, counted

EDWARDS = RegistrationPolicy(frozenset(), "EdDSA")


def registered(**metadata: Json) -> Registered | Refusal:
    asked: dict[str, Json] = {"redirect_uris": [REDIRECT_URI]}
    return register.make(asked | metadata, EDWARDS, counted(), NOW)


def test_what_is_offered_is_taken_and_given_back() -> None:
    asked: dict[str, Json] = {"id_token_signed_response_alg": "EdDSA", "subject_type": "public"}
    made = registered(**asked)
    assert isinstance(made, Registered)
    assert made.client.metadata == asked


def test_what_is_left_out_is_left_out() -> None:
    made = registered(id_token_signed_response_alg=None, userinfo_signed_response_alg="")
    assert isinstance(made, Registered)
    assert made.client.metadata == {}


@pytest.mark.proves("B11")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id_token_signed_response_alg", "RS256"),
        ("id_token_signed_response_alg", "ES256"),
        ("id_token_signed_response_alg", "none"),
        ("id_token_signed_response_alg", ["EdDSA"]),
        ("id_token_signed_response_alg", {}),
        ("subject_type", "pairwise"),
        ("id_token_encrypted_response_alg", "RSA-OAEP"),
        ("userinfo_signed_response_alg", "EdDSA"),
        ("userinfo_encrypted_response_enc", "A256GCM"),
    ],
)
def test_what_is_not_offered_is_refused_by_name(name: str, value: Json) -> None:
    refusal = registered(**{name: value})
    assert isinstance(refusal, Refusal)
    assert refusal.error == "invalid_client_metadata"
    assert name in refusal.description
