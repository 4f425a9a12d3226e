"""The query of an address, read by the model that the table names; unknown and repeated parameters are refused."""

from urllib.parse import parse_qsl

from pydantic import ValidationError

from consentry.web.management.problems import MALFORMED, UNFIT, Problem
from consentry.web.management.shapes import NUL, Query

MOST_PARAMETERS = 32
_TRUTHS = {"true": True, "false": False}
LONGEST_NUMBER = 16


def parse(text: str, model: type[Query]) -> Query | Problem:
    """The text behind the question mark; or what cannot be meant, in words."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return Problem(MALFORMED, "The query is no text in UTF-8, or far too long: write it as the reference shows.")
    given = dict(pairs)
    if len(given) < len(pairs):
        return Problem(MALFORMED, "A parameter of the query is given twice: give each once.")
    offered = model.parameters()
    unknown = next((name for name in given if name not in offered), None)
    if unknown is not None:
        there = f"there are {', '.join(offered)}" if offered else "this operation takes none"
        return Problem(MALFORMED, f"The query has no parameter {unknown[:100]}: {there}.")
    try:
        return model.model_validate({name: _read(value, offered[name]) for name, value in given.items()})
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        message = fault["msg"].removeprefix("Value error, ").removesuffix(".")
        kind = UNFIT if fault["type"] == NUL else MALFORMED
        about = f"The parameter {fault['loc'][0]} will not do: {message}." if fault["loc"] else f"{message}."
        return Problem(kind, about)


def _read(text: str, kind: type) -> object:
    """A number and a truth as JSON has them; what is none stays a text, which the model refuses."""
    if kind is int and text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER:
        return int(text)
    return _TRUTHS.get(text, text) if kind is bool else text
