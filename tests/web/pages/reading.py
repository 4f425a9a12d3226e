"""HTML as a script reads it: tags with their attributes and text, by the standard library alone."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """One form: where it posts to, its inputs by name, and its buttons as (name, value, text)."""

    method: str
    action: str
    inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class Reading(HTMLParser):
    """A page taken apart: `tags` as (name, attributes), `forms`, and the `text` a person can read."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.forms: list[Form] = []
        self._text: list[str] = []
        self._button: dict[str, str] | None = None
        self._field: dict[str, str] | None = None
        self._button_text = ""
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        return " ".join("".join(self._text).split())

    def all(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag == name]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        if tag == "form":
            self.forms.append(Form(attributes["method"], attributes["action"]))
        elif tag == "input":
            self.forms[-1].inputs[attributes["name"]] = attributes
        elif tag in {"select", "textarea"}:
            self._field = self.forms[-1].inputs[attributes["name"]] = {"type": tag}
        elif tag == "option" and self._field is not None:
            # As a browser sends it: the one that is selected, or the first.
            if "selected" in attributes or "value" not in self._field:
                self._field["value"] = attributes["value"]
        elif tag == "button":
            self._button, self._button_text = attributes, ""

    def handle_endtag(self, tag: str) -> None:
        if tag in {"select", "textarea"}:
            self._field = None
        if tag == "button" and self._button is not None:
            pressed = self._button
            self.forms[-1].buttons.append((pressed.get("name", ""), pressed.get("value", ""), self._button_text))
            self._button = None

    def handle_data(self, data: str) -> None:
        self._text.append(data)
        if self._field is not None and self._field["type"] == "textarea":
            self._field["value"] = self._field.get("value", "") + data.removeprefix("\n")
        if self._button is not None:
            self._button_text += data
