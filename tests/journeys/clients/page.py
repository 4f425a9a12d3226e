"""What a person could see and press on a page: forms, buttons, links, refresh (HTML §4.10, §4.2.5)."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

UNSEEN = frozenset({"script", "style", "template"})
TEXTUAL = frozenset({"title", "button", "textarea", "a", "option"})
NEVER_SENT = frozenset({"button", "reset", "image", "file"})


@dataclass(frozen=True)
class Button:
    text: str
    name: str | None = None
    value: str = ""
    action: str | None = None


@dataclass
class Form:
    """`fields` are what would be sent as the page came: unticked boxes and disabled inputs are not."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)

    def has(self, *names: str) -> bool:
        return set(names) <= {name for name, _ in self.fields}

    def button(self, text: str) -> Button | None:
        return next((button for button in self.buttons if button.text == text), None)


@dataclass
class Page:
    """`refresh` is where a meta refresh leads; `referrer_policy` the page's last word on it."""

    url: str
    status: int
    text: str = ""
    title: str = ""
    forms: list[Form] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    refresh: str | None = None
    referrer_policy: str = ""


def read_page(url: str, status: int, headers: list[tuple[str, str]], body: str) -> Page:
    policies = [value for name, value in headers if name.lower() == "referrer-policy"]
    page = Page(url, status, referrer_policy=policies[-1].split(",")[-1].strip().lower() if policies else "")
    reader = _Reader(page)
    reader.feed(body)
    reader.close()
    page.text = squeeze(" ".join(reader.words))
    return page


def squeeze(text: str) -> str:
    return " ".join(text.split())


class _Reader(HTMLParser):
    """Fills in one page."""

    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.words: list[str] = []
        self._unseen = 0
        self._form: Form | None = None
        self._ids: dict[str, Form] = {}
        self._open: tuple[str, dict[str, str], list[str]] | None = None
        self._select: dict[str, str] = {}
        self._options: list[tuple[bool, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in UNSEEN:
            self._unseen += 1
        elif tag in TEXTUAL:
            self._open = (tag, given, [])
        elif tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").upper())
            self.page.forms.append(self._form)
            self._ids[given.get("id", "")] = self._form
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            self._select, self._options = given, []
        elif tag == "meta":
            self._meta(given)

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag == "form":
            self._form = None
        elif tag == "select" and self._options:
            chosen = next((value for selected, value in self._options if selected), self._options[0][1])
            self._add_field(self._select, chosen)
        elif self._open is not None and tag == self._open[0]:
            _, given, words = self._open
            self._open = None
            self._read(tag, given, "".join(words))

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._open is not None:
            self._open[2].append(data)
        if self._open is None or self._open[0] != "title":
            self.words.append(data)

    def _read(self, tag: str, given: dict[str, str], text: str) -> None:
        if tag == "title":
            self.page.title = squeeze(text)
        elif tag == "a" and "href" in given:
            self.page.links.append((squeeze(text), urljoin(self.page.url, given["href"])))
        elif tag == "textarea":
            self._add_field(given, text)
        elif tag == "option":
            self._options.append(("selected" in given, given.get("value", squeeze(text))))
        elif tag == "button" and given.get("type", "submit").lower() == "submit":
            self._add_button(given, squeeze(text))

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text").lower()
        if kind == "submit":
            self._add_button(given, squeeze(given.get("value", "Submit")))
        elif kind in {"checkbox", "radio"}:
            if "checked" in given:
                self._add_field(given, given.get("value", "on"))
        elif kind not in NEVER_SENT:
            self._add_field(given, given.get("value", ""))

    def _meta(self, given: dict[str, str]) -> None:
        content = given.get("content", "")
        if given.get("http-equiv", "").lower() == "refresh":
            name, _, address = content.partition(";")[2].strip().partition("=")
            if name.strip().lower() == "url":
                self.page.refresh = address.strip().strip("'\"")
        elif given.get("name", "").lower() == "referrer":
            self.page.referrer_policy = content.strip().lower()

    def _owner(self, given: dict[str, str]) -> Form | None:
        return self._ids.get(given["form"]) if "form" in given else self._form

    def _add_field(self, given: dict[str, str], value: str) -> None:
        form = self._owner(given)
        if form is not None and given.get("name") and "disabled" not in given:
            form.fields.append((given["name"], value))

    def _add_button(self, given: dict[str, str], text: str) -> None:
        form = self._owner(given)
        if form is not None and "disabled" not in given:
            name, value = given.get("name") or None, given.get("value", "")
            form.buttons.append(Button(text, name, value, given.get("formaction")))
