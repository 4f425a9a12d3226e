"""One operation of the API, as the table holds it."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from consentry.accounts.personal_tokens import TokenScope
from consentry.web.management import problems
from consentry.web.management.calling import Answer
from consentry.web.management.problems import Kind
from consentry.web.management.shapes import Query

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be done; its path is below the API. `gives` is None where nothing is answered, `problems` are
    those besides what any operation of its shape may answer; `operates`: it is for operators alone."""

    method: Method
    path: str
    scope: TokenScope
    answer: Answer
    name: str
    summary: str
    gives: type[BaseModel] | None
    takes: type[BaseModel] | None = None
    status: int = 200
    query: type[Query] = Query
    problems: tuple[Kind, ...] = ()
    operates: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """What stands in its path."""
        return tuple(part[1:-1] for part in self.template.split("/") if part.startswith("{"))

    @property
    def template(self) -> str:
        """Its path as the document has it."""
        return self.path.replace(":path}", "}")

    @property
    def every_problem(self) -> tuple[Kind, ...]:
        """Whatever it may answer instead, by status."""
        found = {*problems.ANYWHERE, *self.problems}
        if self.takes:
            found |= {problems.TOO_LARGE, problems.MEDIA, problems.UNFIT}
        if self.query.parameters():
            found.add(problems.UNFIT)
        if self.parameters:
            found.add(problems.NOT_FOUND)
        if self.operates:
            found.add(problems.FORBIDDEN)
        return tuple(kind for kind in problems.KINDS if kind in found)
