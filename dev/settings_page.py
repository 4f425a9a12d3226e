"""Writes docs/settings.md from the settings themselves: `python -m dev.settings_page`."""

from pathlib import Path

from pydantic_core import PydanticUndefined

from consentry.settings import PREFIX, Settings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
HEAD = f"""\
# Settings

A TOML file (`consentry serve --config FILE`) or the environment, as `{PREFIX}` and the name in upper case; the
environment wins. A name that is no setting refuses to start, and so does a value that makes no sense; either is told in
a sentence.
Lists are TOML arrays, or words with commas between them in the environment. Durations are in seconds.

| setting | default | what it does |
|---|---|---|
"""


def render() -> str:
    """The page."""
    return HEAD + "".join(f"{row}\n" for row in sorted(_rows()))


def _rows() -> list[str]:
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is PydanticUndefined else _shown(field.default)
        rows.append(f"| `{name}` | {default} | {field.description} |")
    return rows


def _shown(value: object) -> str:
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return ", ".join(f"`{part}`" for part in value)
    if isinstance(value, dict):
        return ", ".join(f"`{name}={factor}`" for name, factor in value.items())
    return f"`{value}`"


if __name__ == "__main__":
    PAGE.write_text(render())
    print(f"Wrote {PAGE.name}.")
