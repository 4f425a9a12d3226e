import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.accounts.model import email_fault, email_key


@pytest.mark.parametrize(
    "email", ["ada@example.com", "a@b", " ada+mcp@ex-ample.co.uk ", "o'neil@example.com", "ada@münchen.de"]
)
def test_an_email_address_is_taken(email: str) -> None:
    assert email_fault(email) is None


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@@example.com",
        "ada@example..com",
        "ada@.com",
        "a da@example.com",
        "ada\u200b@example.com",
        "\u202emoc.elpmaxe@ada",
        "ada@exam\u00adple.com",
        "ada@exam ple.com",
        "ada@example.com\nBcc: eve@example.com",
        "ada\x00@example.com",
        "ada@example.com\x7f",
        "Ada <ada@example.com>",
        "ada@<b>.com",
        "\udcff@example.com",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 253}",
    ],
)
def test_what_is_none_hears_how_one_is_written(email: str) -> None:
    assert email_fault(email) == "That is no email address: write it as name@example.com."


@given(st.text(st.characters(exclude_categories=[])))
def test_no_text_makes_it_raise_and_what_is_taken_can_be_kept(email: str) -> None:
    if email_fault(email) is None:
        assert email_key(email).encode()
        assert email_key(email) == email_key(email_key(email))


def test_two_spellings_are_one_address() -> None:
    assert email_key(" Ada@Example.COM ") == email_key("ada@example.com")
