import json
from dataclasses import replace

import pytest

from consentry.spec.metadata import AuthorizationServer, Document, Features, ProtectedResource

ON = Features(
    scopes=("mcp", "offline_access"),
    grant_types=("authorization_code", "refresh_token"),
    auth_methods=("none", "client_secret_post"),
    signing_algs=("ES256",),
    links=(("service_documentation", "https://h/guide"),),
)
SERVER = AuthorizationServer("https://h", ON)
RESOURCE = ProtectedResource("https://h/mcp/x", "https://h", ("mcp",), "Reminders")


@pytest.mark.proves("A17")
@pytest.mark.parametrize("document", [SERVER.document(), RESOURCE.document()])
def test_no_member_is_null_or_empty(document: Document) -> None:
    assert all(value is False or value for value in document.values())
    assert "null" not in json.dumps(document)


@pytest.mark.proves("A5")
def test_s256_is_offered_and_plain_is_not() -> None:
    assert SERVER.document()["code_challenge_methods_supported"] == ["S256"]


@pytest.mark.proves("A6", "A9")
def test_the_endpoints_and_the_issuer_parameter_are_announced() -> None:
    document = SERVER.document()
    assert document["issuer"] == "https://h"
    assert document["authorization_endpoint"] == "https://h/authorize"
    assert document["token_endpoint"] == "https://h/token"
    assert document["response_types_supported"] == ["code"]
    assert document["authorization_response_iss_parameter_supported"] is True


def test_what_is_switched_off_is_not_named() -> None:
    on = replace(ON, endpoints=("authorization_endpoint", "token_endpoint"), links=())
    document = AuthorizationServer("https://h", on).document()
    assert [name for name in document if name.endswith(("_endpoint", "_uri"))] == list(on.endpoints)
    assert "service_documentation" not in document


@pytest.mark.proves("A10")
def test_what_parsers_of_openid_discovery_throw_without_is_there() -> None:
    members = {"jwks_uri", "subject_types_supported", "id_token_signing_alg_values_supported"}
    assert members <= SERVER.document().keys()


@pytest.mark.proves("C24")
def test_fragment_is_not_offered() -> None:
    assert SERVER.document()["response_modes_supported"] == ["query"]


@pytest.mark.proves("F5")
def test_a_resource_names_itself_its_server_and_its_scopes() -> None:
    assert RESOURCE.document() == {
        "resource": "https://h/mcp/x",
        "authorization_servers": ["https://h"],
        "scopes_supported": ["mcp"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Reminders",
    }
