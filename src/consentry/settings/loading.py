"""Settings from a TOML file and `CONSENTRY_…` variables, and in a sentence what is wrong with them."""

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from consentry.settings.model import Settings

PREFIX = "CONSENTRY_"

# The names of https://kubernetes.io/docs/concepts/containers/container-environment/#cluster-information.
_SERVICE_LINK = re.compile(r"PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?|SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?")
_KINDS = {
    "int": "a whole number",
    "finite": "a whole number",
    "bool": "true or false",
    "string": "text",
    "path": "the path of a folder",
    "tuple": "a list of words",
}


class SettingsError(Exception):
    """A setting is wrong; the sentence says which, and what to write instead."""


def load(file: Path | None, environment: Mapping[str, str], **overrides: object) -> Settings:
    """The settings of a file, over them those of the environment, over them those given here."""
    values: dict[str, Any] = _of_file(file) if file else {}
    values |= of_environment(environment)
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(dict(fault)) for fault in error.errors())) from None


def of_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What the environment sets, less what Kubernetes puts there for a Service that is called like this program."""
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and not _of_kubernetes(name.removeprefix(PREFIX), value)
    }


def _of_kubernetes(name: str, value: str) -> bool:
    # PORT alone is what a person might write who means a setting; Kubernetes gives it a URL.
    return bool(_SERVICE_LINK.fullmatch(name)) or (name == "PORT" and bool(re.match(r"(tcp|udp|sctp)://", value)))


def _of_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except OSError as error:
        raise SettingsError(
            f"{file}: {error.strerror}. Name a file that can be read, or leave --config out."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not TOML: {error}.") from error


def _sentence(fault: dict[str, Any]) -> str:
    name = str(fault["loc"][0]) if fault["loc"] else ""
    if fault["type"] == "extra_forbidden":
        near = get_close_matches(name, Settings.model_fields, n=1)
        way = f"Did you mean {near[0]}?" if near else "docs/settings.md lists them all."
        return f"{name} is no setting (in the environment: {PREFIX}{name.upper()}). {way}"
    if fault["type"] == "value_error":
        return f"{name}: {in_words(fault)}." if name else f"{in_words(fault)}."
    return f"{name} {in_words(fault)}."


def in_words(fault: Mapping[str, Any]) -> str:
    """What pydantic found wrong with a value, in our words: its own speak of its insides."""
    bounds = fault.get("ctx", {})
    if fault["type"] == "value_error":
        return str(bounds["error"]).removesuffix(".")
    return f"must be {_wanted(fault['type'], bounds)}"


def _wanted(kind: str, bounds: Mapping[str, Any]) -> str:
    match kind:
        case "greater_than_equal":
            return f"at least {bounds['ge']}"
        case "less_than_equal":
            return f"at most {bounds['le']}"
        case "string_too_short":
            return f"text of at least {bounds['min_length']} characters"
        case "literal_error":
            return f"one of {bounds['expected']}".replace("'", "").replace(" or ", ", ")
        case "string_pattern_mismatch":
            return "written as sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
        case _:
            return next((words for part, words in _KINDS.items() if kind.startswith(part)), "written in another way")
