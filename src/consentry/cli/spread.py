"""Options that several commands share, declared once: a dataclass, with a field for each."""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from inspect import Parameter
from typing import Any, get_type_hints


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """In place of the parameter that is a dataclass, the command takes an option for each of its fields."""
    signature = inspect.signature(command)
    whole = next(each for each in signature.parameters.values() if dataclasses.is_dataclass(each.annotation))
    of: Any = whole.annotation
    hints = get_type_hints(of, include_extras=True)
    options = [
        Parameter(each.name, Parameter.KEYWORD_ONLY, default=each.default, annotation=hints[each.name])
        for each in dataclasses.fields(of)
    ]

    @functools.wraps(command)
    def spreading(**given: Any) -> None:
        command(**{whole.name: of(**{each.name: given.pop(each.name) for each in options})}, **given)

    parameters = [option for each in signature.parameters.values() for option in (options if each is whole else [each])]
    spreading.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return spreading
