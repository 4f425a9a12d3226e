"""A letter to a message: plain text, and calm HTML with nothing in it to load."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from consentry.accounts.letters import Letter
from consentry.mail import Message
from consentry.mail.words import WORDINGS

_templates = Environment(
    loader=PackageLoader("consentry.mail", "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render(letter: Letter, host: str) -> Message:
    """`host` is what this installation is called by."""
    wording = WORDINGS[letter.kind](host, letter.facts)
    text, html = (
        _templates.get_template(name).render(wording=wording, host=host) for name in ("letter.txt", "letter.html")
    )
    return Message(letter.to, wording.subject, text, html)
