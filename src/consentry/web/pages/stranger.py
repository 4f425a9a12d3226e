"""A stranger's words, made fit to stand beside ours: client and tool names come from anybody (RFC 7591 §5)."""

import unicodedata

NAME_LENGTH = 60
SENTENCE_LENGTH = 280
_STACKED_MARKS = 2  # more combining marks than this on one letter is drawing over our lines, not writing
_JOINERS = "\u200c\u200d"  # needed inside emoji and in Indic and Persian words
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols by category, nothing to the eye


def plain(text: str | None, length: int = NAME_LENGTH) -> str:
    """One line of at most `length` characters that cannot turn the direction of what follows or hide in it.

    Dropped: control, format (bidirectional overrides, zero-width space), surrogate and private-use characters, lone
    joiners and heaps of combining marks. Any run of white space becomes one space.
    """
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text or ""):
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category.startswith("Z") or char in "\t\n\v\f\r" or char in _BLANK_LETTERS:
            kept.append(" ")
        elif marks <= _STACKED_MARKS and (category[0] != "C" or (char in _JOINERS and kept)):
            kept.append(char)
    return _shortened(" ".join("".join(kept).split()), length).strip(_JOINERS + " ")


def _shortened(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return text[: length - 1].rstrip(_JOINERS + " ") + "…"
