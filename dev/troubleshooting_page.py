"""Writes docs/troubleshooting.md from the product's own words: `python -m dev.troubleshooting_page`."""

from pathlib import Path

from dev import sentences
from dev.error_meanings import MEANINGS, NUMBERS

from consentry.gateway.answers import SIGN_IN
from consentry.gateway.upstream.pool import unreachable
from consentry.limits.model import too_many
from consentry.web.management.problems import KINDS
from consentry.web.pages import account_words, words

PAGE = Path(__file__).parent.parent / "docs" / "troubleshooting.md"
HEAD = """\
# Troubleshooting

Every error that a person or a client meets, in the words that they meet it in: what happened, and what to do next. This
page is written from the program's own sentences; an ellipsis (…) stands for a name, number or address.

When you ask for help, quote the request number that the error shows (also the header `X-Request-Id`), and for calls the
name of the deployment beside it: with them the operator finds the whole story. Where an operator publishes this page
and sets `troubleshooting_url`, each error page links to its entry here, and what programs get names it as `error_uri`.

- [A page in the browser stops](#a-page-in-the-browser-stops)
- [A form is not taken](#a-form-is-not-taken)
- [A client gets an OAuth error](#a-client-gets-an-oauth-error)
- [A call through the gateway fails](#a-call-through-the-gateway-fails)
- [The management API refuses](#the-management-api-refuses)
- [A command or a setting is refused](#a-command-or-a-setting-is-refused)

No error of its own, and yet it does not connect? The [four checks](guide/four-checks.md) say which step it is. Whether
the MCP server behind a deployment answers, `consentry deployment test SLUG` says.
"""
PAGES = "\n## A page in the browser stops\n"
FORMS = """
## A form is not taken

The page stays, with one of these sentences at the field or above the form. Nothing was changed.

"""
CODES = """
## A client gets an OAuth error

From the endpoints as JSON, `{"error": …, "error_description": …}`; from the authorization page in the address that the
client is called back with; from the gateway in `WWW-Authenticate`. Most clients show the description only.
"""
CALLS = """
## A call through the gateway fails

Besides 401 and 403 with one of the codes above. The body is a JSON-RPC error with the sentence as its message, and the
request number and the deployment as its data. Its number says of which kind it is; other numbers are the MCP server's.

| number | what happened | next |
| --- | --- | --- |
"""
PROBLEMS = """
## The management API refuses

As `application/problem+json` (RFC 9457). Its `type` leads to the same words at the server's own `/api/v1`, and `detail`
says what would do.
"""
COMMANDS = """
## A command or a setting is refused

On standard error, with exit code 1 (2 where the command was written wrongly). Nothing was changed.

"""
# On a terminal: what is raised in which room.
TERMINAL = (
    (frozenset({"Failure", "typer.BadParameter"}), "cli"),
    (frozenset({"SettingsError", "StoreError"}), "."),
    (frozenset({"ValueError"}), "settings"),
)
# What words.py says that is no error of a form.
OTHER = frozenset(
    {"VERIFIED_NOTE", "PASSWORD_SET_NOTE", "SESSION_ENDED", "UNTIL_ENDED", "TOLD_WHO_CALLS", "GETS_A_KEY"}
    | {"TOOLS_UNREACHABLE", "TOOLS_ELSEWHERE", "DELETING_KEEPS", "DEFAULT_KEY_PREFIX"}
)
STATUSES = {
    "403": "Not for this call, or not for whoever asks. The sentence says who can change that.",
    "404": "What was called is not there: a wrong URL, or a session that has ended.",
    "405": "MCP has no such request; browsers and health checks send them.",
    "429": "Too many calls for the plan. Wait for as long as `Retry-After` says; calling sooner changes nothing.",
    "500": "A fault of the gateway. Nothing is known to be lost; tell the operator the request number.",
    "502": "The MCP server behind the gateway is at fault, not your access. Its owner sees why in the dashboard.",
    "503": "For a moment. Clients that wait for as long as `Retry-After` says go on by themselves.",
    "504": "The MCP server behind the gateway took too long.",
}
# What is given the words of a limit, and as which argument.
LIMITERS = (("too_many", 0), ("Limit", 1), ("self._from", 1))
MEND = "The client asked in a way that the gateway does not take. Its maintainer can mend it by the sentence:"


def render() -> str:
    """The page."""
    said = put_together() | {"unauthorized": [SIGN_IN]}
    parts = [HEAD, PAGES, *(_stop(one) for one in stops())]
    parts += [FORMS, *(f"- {sentence}\n" for sentence in form_sentences())]
    parts += [CODES, *(_code(code, said.get(code, [])) for code in sorted(MEANINGS))]
    parts += [CALLS, *(f"| `{number}` | {what} | {then} |\n" for number, (what, then) in NUMBERS.items())]
    parts += [_status(code, said[code]) for code in sorted(said) if code.isdecimal()]
    parts += [PROBLEMS, *(f"\n### {one.name}: {one.title}\n\n{one.words} (HTTP {one.status})\n" for one in KINDS)]
    parts += [COMMANDS, *(f"- {quoted(sentence)}\n" for sentence in terminal_sentences())]
    return "".join(parts)


def put_together() -> dict[str, list[str]]:
    """The errors whose sentences one function makes of what it is handed."""
    written = sentences.of_errors()
    for status, happened in sentences.handed_to("unreachable", 0, 1):
        written.setdefault(status, []).append(unreachable(int(status), happened, "").message)
    limits = {words for maker, place in LIMITERS for _, words in _handed(maker, place) if words}
    paced = [too_many(words, "", 2).description.replace("2 seconds", "… seconds") for words in sorted(limits)]
    written["temporarily_unavailable"] += paced
    return written


def _handed(maker: str, place: int) -> list[tuple[str, str]]:
    return sentences.handed_to(maker, place, place)


def stops() -> list[words.Wording]:
    """Every page that stops somebody, in the order of the source."""
    return [
        one
        for one in (vars(words) | vars(account_words)).values()
        if isinstance(one, words.Wording) and one.status >= 400
    ]


def terminal_sentences() -> list[str]:
    """What commands and settings say that will not do; words enough to be found by."""
    told = {said for makers, room in TERMINAL for _, _, each in sentences.raised(makers, room) for said in each}
    return sorted(said for said in told if telling(said))


def quoted(sentence: str) -> str:
    """Letter for letter, in Markdown."""
    return f"`` {sentence} ``" if "`" in sentence else f"`{sentence}`"


def telling(sentence: str) -> bool:
    """Whether there is more in it than what another put there."""
    return len([letter for letter in sentence if letter.isalpha()]) >= 8


def form_sentences() -> list[str]:
    """What forms answer."""
    named = vars(words) | vars(account_words)
    constants = {name: one for name, one in named.items() if name.isupper() and isinstance(one, str)}
    kept = sentences.returned("accounts/model.py", "email_fault") + sentences.returned("accounts/passwords.py", "fault")
    timed = (
        words.sign_in_throttled,
        words.user_code_throttled,
        account_words.letters_throttled,
        account_words.passwords_throttled,
    )
    told = [one for name, one in constants.items() if name not in OTHER]
    return told + kept + [say(600).replace(words.duration(600), "…") for say in timed]


def _stop(one: words.Wording) -> str:
    return f"\n### {one.title}\n\n{one.what}\n\n**Next:** {one.next_step} (HTTP {one.status})\n"


def _code(code: str, said: list[str]) -> str:
    what, then = MEANINGS[code]
    lines = [f"\n### {code}\n\n{what}\n\n**Next:** {then}\n"]
    return "".join(lines + _said(said))


def _status(code: str, said: list[str]) -> str:
    return "".join([f"\n### HTTP {code}\n\n{STATUSES.get(code, MEND)}\n", *_said(said)])


def _said(said: list[str]) -> list[str]:
    whole = [sentence for sentence in said if any(letter.isalpha() for letter in sentence)]
    return ["\n", *(f"- `{sentence}`\n" for sentence in whole)] if whole else []


if __name__ == "__main__":
    PAGE.write_text(render())
    print(f"Wrote {PAGE.name}.")
