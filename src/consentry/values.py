"""Values of the hot paths: the type checker holds them frozen, since at run time that takes three times as long."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """A dataclass to be compared, hashed and replaced as frozen ones are."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
