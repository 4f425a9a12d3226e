"""What is connected, folded as a person sees it."""

from dataclasses import replace
from typing import Any

from consentry.grants import connections
from consentry.grants.api_key import PERSONAL_KEY
from consentry.grants.connections import Connection
from consentry.grants.model import Grant, Permissions
from tests.builders import DAY, NOW, RESOURCE, client, deployment

GRANT = Grant(
    "grant_1",
    "account_1",
    "client_1",
    Permissions("deployment_1", RESOURCE, frozenset({"mcp"})),
    NOW,
    NOW + DAY,
    "https://claude.ai/api/mcp/auth_callback",
)


def connection(number: int, name: str = "Claude", redirect_uri: str = GRANT.redirect_uri, **grant: Any) -> Connection:
    made = replace(GRANT, id=f"grant_{number}", client_id=f"client_{number}", redirect_uri=redirect_uri)
    return Connection(replace(made, **grant), replace(client(f"client_{number}"), name=name), deployment())


def folded(*those: Connection) -> list[list[str]]:
    return [[one.grant.id for one in application.connections] for application in connections.fold(list(those))]


def test_many_registrations_of_one_application_are_one() -> None:
    assert folded(connection(1), connection(2), connection(3)) == [["grant_1", "grant_2", "grant_3"]]


def test_the_same_name_at_another_place_is_another_application() -> None:
    evil = connection(2, redirect_uri="https://claude.ai.evil.example/callback")
    assert folded(connection(1), evil, connection(3)) == [["grant_1", "grant_3"], ["grant_2"]]


def test_programs_of_one_computer_are_told_apart_by_name_and_not_by_port() -> None:
    ports = [connection(n, "Agent", f"http://127.0.0.1:{n}/callback") for n in (1, 2)]
    assert folded(*ports, connection(3, "Other", "http://localhost:3/")) == [["grant_1", "grant_2"], ["grant_3"]]


def test_what_acts_for_itself_is_not_taken_for_a_device() -> None:
    device = connection(1, "Cron", "")
    itself = connection(2, "Cron", "", subject="client_2")
    assert folded(device, itself) == [["grant_1"], ["grant_2"]]


def test_an_application_known_by_its_document_is_at_the_documents_host() -> None:
    by_document = connection(1, client_id="https://app.example/client.json")
    assert by_document.whereabouts == "app.example"


def test_a_personal_key_is_called_as_its_maker_calls_it() -> None:
    key = connection(1, client_id=PERSONAL_KEY, label="My script")
    assert (key.personal, key.name) == (True, "My script")


def test_an_application_was_last_used_when_any_of_its_connections_was() -> None:
    used = [
        replace(connection(n), grant=replace(connection(n).grant, last_used_at=at)) for n, at in ((1, None), (2, 7))
    ]
    assert connections.fold(used)[0].last_used_at == 7
    assert connections.fold([connection(1)])[0].last_used_at is None
