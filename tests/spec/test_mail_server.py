import pytest

from consentry.spec.mail_server import MailServer, parse


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", MailServer("mail.example.com", 587, "starttls")),
        ("smtps://mail.example.com", MailServer("mail.example.com", 465, "implicit")),
        ("smtp://ada:p%40ss@mail.example.com:2525", MailServer("mail.example.com", 2525, "starttls", "ada", "p@ss")),
        ("smtp://relay?tls=never", MailServer("relay", 25, "none")),
        ("smtp://127.0.0.1:1025", MailServer("127.0.0.1", 1025, "none")),
        ("smtp://[::1]", MailServer("::1", 25, "none")),
        ("smtp://localhost?tls=always", MailServer("localhost", 587, "starttls")),
        ("smtp://ada:x@localhost", MailServer("localhost", 25, "none", "ada", "x")),
    ],
)
def test_a_mail_server_is_read_from_its_url(url: str, server: MailServer) -> None:
    assert parse(url) == server


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mail.example.com", "write it as smtp://"),
        ("http://mail.example.com", "write it as smtp://"),
        ("smtp://", "write it as smtp://"),
        ("smtp://mail.example.com:port", "write it as smtp://"),
        ("smtp://mail.example.com/inbox", "write it as smtp://"),
        ("smtp://mail.example.com?starttls=no", "the only option"),
        ("smtp://mail.example.com?tls=sometimes", "the only option"),
        ("smtp://ada@mail.example.com", "both a user and a password"),
        ("smtp://ada:x@mail.example.com?tls=never", "must not travel without TLS"),
    ],
)
def test_what_is_none_is_told_how_one_is_written(url: str, sentence: str) -> None:
    found = parse(url)
    assert isinstance(found, str)
    assert sentence in found


def test_the_password_is_in_no_text_of_it() -> None:
    assert "sesame" not in repr(parse("smtps://ada:sesame@mail.example.com"))
