import pytest

from consentry.clients.presets import PRESETS
from consentry.spec import uris
from consentry.tokens import Kind, mint
from tests.builders import client, counted


def test_a_client_is_public_as_long_as_it_has_no_secret() -> None:
    assert client().public
    assert not client(secret=mint(Kind.CLIENT_SECRET, counted())).public


@pytest.mark.proves("C2")
def test_a_client_is_redirected_to_what_it_registered() -> None:
    one = client(redirect_uris=("https://a.example/cb", "http://127.0.0.1/cb"))
    assert one.redirects_to("https://a.example/cb")
    assert one.redirects_to("http://127.0.0.1:4711/cb")
    assert not one.redirects_to("https://a.example/cb/")
    assert not one.redirects_to("http://localhost:4711/cb")


@pytest.mark.parametrize(("name", "redirect_uris"), PRESETS.values(), ids=PRESETS)
def test_every_preset_could_register_itself(name: str, redirect_uris: tuple[str, ...]) -> None:
    assert name
    assert 1 <= len(redirect_uris) <= uris.MOST_REDIRECT_URIS
    assert {uris.redirect_uri_fault(uri, None, frozenset({"cursor"})) for uri in redirect_uris} == {None}
