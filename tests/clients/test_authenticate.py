from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.clients import authenticate
from consentry.clients.authenticate import Credentials
from consentry.clients.model import Client
from consentry.spec.errors import Refusal
from consentry.tokens import Kind, Secret, mint
from tests.builders import NOW, client, counted, params

SECRET = mint(Kind.CLIENT_SECRET, counted())
CONFIDENTIAL = client(secret=SECRET)


def basic(pair: str) -> str:
    return "Basic " + b64encode(pair.encode()).decode()


def fault(found: Client | None, authorization: str | None = None, **form: str | None) -> Refusal | None:
    """What comes of a request that names a client which is this one."""
    credentials = authenticate.read(authorization, params(**form))
    return credentials if isinstance(credentials, Refusal) else authenticate.check(credentials, found, NOW)


def test_a_public_client_says_who_it_is() -> None:
    assert fault(client(), client_id="client_1") is None


@pytest.mark.proves("D15")
def test_a_confidential_client_shows_its_secret_in_the_form_or_in_the_header() -> None:
    assert fault(CONFIDENTIAL, client_id="client_1", client_secret=SECRET.reveal()) is None
    assert fault(CONFIDENTIAL, basic(f"client_1:{SECRET.reveal()}")) is None
    assert fault(CONFIDENTIAL, basic(f"client_1:{SECRET.reveal()}"), client_id="client_1") is None


@pytest.mark.proves("D15")
def test_both_at_once_are_refused() -> None:
    refusal = fault(CONFIDENTIAL, basic(f"client_1:{SECRET.reveal()}"), client_secret=SECRET.reveal())
    assert refusal is not None
    assert refusal.error == "invalid_request"


def test_two_names_at_once_are_refused() -> None:
    refusal = fault(CONFIDENTIAL, basic(f"client_1:{SECRET.reveal()}"), client_id="client_2")
    assert refusal is not None
    assert refusal.error == "invalid_request"


@pytest.mark.proves("D16")
@pytest.mark.parametrize(("sent", "meant"), [("a%2Bb%3Ac+d", "a+b:c d"), ("a+b%2", "a+b%2"), ("100%25", "100%")])
def test_a_basic_credential_is_tried_decoded_and_raw(sent: str, meant: str) -> None:
    held = client("client_1", secret=Secret(meant))
    assert fault(held, basic(f"client_1:{sent}")) is None
    assert fault(held, basic(f"client_1:{sent}x")) is not None


@pytest.mark.proves("D16")
def test_a_client_id_is_tried_decoded_and_raw() -> None:
    credentials = authenticate.read(basic("a%3Ab:s"), params())
    assert isinstance(credentials, Credentials)
    assert credentials.client_ids == ("a:b", "a%3Ab")


def test_a_colon_in_the_secret_is_part_of_it() -> None:
    assert fault(client(secret=Secret("a:b:c")), basic("client_1:a:b:c")) is None


@pytest.mark.proves("D17")
@pytest.mark.parametrize("secret", ["", "whatever", "client_1"])
def test_a_public_client_that_sends_a_secret_is_let_be(secret: str) -> None:
    assert fault(client(), basic(f"client_1:{secret}")) is None
    assert fault(client(), client_id="client_1", client_secret=secret) is None


@pytest.mark.proves("D17", "D14")
@pytest.mark.parametrize("secret", ["", "wrong", SECRET.reveal() + "x", SECRET.reveal()[:-1], SECRET.reveal().lower()])
def test_a_confidential_client_is_not_let_in_without_its_secret(secret: str) -> None:
    for refusal in (
        fault(CONFIDENTIAL, basic(f"client_1:{secret}")),
        fault(CONFIDENTIAL, client_id="client_1", client_secret=secret),
    ):
        assert refusal is not None
        assert refusal.error == "invalid_client"


def test_naming_a_confidential_client_is_not_being_it() -> None:
    refusal = fault(CONFIDENTIAL, client_id="client_1")
    assert refusal is not None
    assert refusal.error == "invalid_client"


@pytest.mark.proves("D14")
def test_an_unknown_client_hears_that_it_is_to_register() -> None:
    refusal = fault(None, client_id="client_9")
    assert refusal is not None
    assert (refusal.error, refusal.reason) == ("invalid_client", "client:unknown")
    assert "register again" in refusal.description


def test_a_request_that_names_nobody_is_refused() -> None:
    for authorization in (None, "Bearer cy_at_x", ""):
        refusal = fault(client(), authorization)
        assert refusal is not None
        assert refusal.reason == "client:absent"


@pytest.mark.parametrize("header", ["Basic", "Basic ", "Basic ?", "Basic YQ==", "Basic OmI=", "basic /w==", "Basic é"])
def test_a_basic_header_that_cannot_be_read_is_refused(header: str) -> None:
    refusal = fault(client(), header)
    assert refusal is not None
    assert refusal.error == "invalid_client"


@given(st.text(st.characters(exclude_categories=[])), st.binary())
def test_no_header_makes_reading_raise(text: str, pair: bytes) -> None:
    for header in (text, f"Basic {text}", "Basic " + b64encode(pair).decode()):
        credentials = authenticate.read(header, params())
        assert isinstance(credentials, Credentials | Refusal)
        if isinstance(credentials, Credentials):
            assert authenticate.check(credentials, CONFIDENTIAL, NOW) is not None
            assert authenticate.check(credentials, None, NOW) is not None
