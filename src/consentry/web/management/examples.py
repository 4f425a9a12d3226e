"""What bodies look like: as models say it of themselves, and those that hold others made of them."""

from typing import Any, get_args

from pydantic import BaseModel

from consentry.web.management.shapes import Given


def examples_of(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Bodies as the model's own definition gives them; an answer that holds others is filled with theirs."""
    extra = model.model_config.get("json_schema_extra")
    given = extra.get("examples") if isinstance(extra, dict) else None
    own = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    if issubclass(model, Given):
        return own
    held = {name: example for name, field in model.model_fields.items() if (example := _held(field.annotation))}
    return [held | one for one in own] or ([held] if held else [])


def _held(annotation: Any) -> Any:
    """Of a member that is a model, or a list of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        found = examples_of(annotation)
        return found[0] if found else None
    inner = [found for each in get_args(annotation) if (found := _held(each)) is not None]
    if not inner:
        return None
    return [inner[0]] if getattr(annotation, "__origin__", None) is list else inner[0]
