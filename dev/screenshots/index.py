"""docs/pages.md: what the product looks like, page by page."""

from pathlib import Path

from dev.screenshots.album import ALBUM, Picture, file_name

PAGE = Path(__file__).parents[2] / "docs" / "pages.md"
HEAD = """# What it looks like

Every page, in the states that matter, as `python -m dev.screenshots` takes them: 768 pixels wide here, and beside it as
links at 320 and 1024, light and dark. They are of a real installation that is walked through page by page; a test holds
that no page is left out.
"""


def render() -> str:
    """The page as text."""
    parts = [HEAD]
    for chapter in ALBUM:
        parts.append(f"\n## {chapter.title}\n")
        parts += [_shown(picture) for picture in chapter.pictures]
    return "".join(parts)


def _shown(picture: Picture) -> str:
    at = {
        f"{width} {scheme}": f"images/{file_name(picture.name, width, scheme)}"
        for scheme in ("light", "dark")
        for width in (320, 768, 1024)
    }
    others = " · ".join(f"[{words}]({place})" for words, place in at.items() if words != "768 light")
    return f"\n### {picture.words}\n\n`{picture.route}` · {others}\n\n![{picture.words}]({at['768 light']})\n"
