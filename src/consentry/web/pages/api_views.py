"""What the reference of the management API shows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One member of a body."""

    name: str
    kind: str
    needed: bool
    words: str


@dataclass(frozen=True, slots=True)
class ModelLine:
    """A body; `name` is its anchor, too."""

    name: str
    words: str
    members: tuple[MemberLine, ...]


@dataclass(frozen=True, slots=True)
class OperationLine:
    """`takes` and `gives` are names of models; `failures` are (status, words); `example` is a request with curl,
    `answer` what may come back. `chapter` is what it is about."""

    name: str
    method: str
    path: str
    summary: str
    scope: str
    takes: str | None
    gives: str | None
    status: str
    parameters: tuple[tuple[str, str], ...]
    failures: tuple[tuple[str, str], ...]
    example: str
    answer: str | None
    chapter: str


@dataclass(frozen=True, slots=True)
class ApiReference:
    """The whole API, read out of its document. `problems` are (anchor, status, title, words)."""

    root: str
    description: str
    document_url: str
    tokens_url: str
    scopes: tuple[tuple[str, str], ...]
    operations: tuple[OperationLine, ...]
    models: tuple[ModelLine, ...]
    problems: tuple[tuple[str, int, str, str], ...]
