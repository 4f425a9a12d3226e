"""Who may see and do what with deployments: the one place that says so, for pages, programs and whatever comes."""

from dataclasses import dataclass
from typing import Literal

from consentry.deployments.model import Deployment

# Who may make deployments.
OwnersPolicy = Literal["operators", "any"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: an account, and whether it is an operator's."""

    account_id: str
    operator: bool


def may_manage(person: Person, deployment: Deployment) -> bool:
    """See all of it, change it, test it, give it clients, end it: its owner, and any operator."""
    return person.operator or person.account_id == deployment.owner_id


def may_place(person: Person, owners: OwnersPolicy) -> bool:
    """Make deployments, and say what this server calls: operators, unless everybody may."""
    return person.operator or owners == "any"


def guarded(person: Person) -> bool:
    """Whether what this person names has to be at a public address: this server stands in the operator's network."""
    return not person.operator


def operates(person: Person) -> bool:
    """Decide about what concerns the whole installation."""
    return person.operator


def sees_all(person: Person) -> bool:
    """Every deployment, and not just one's own."""
    return person.operator


def owner_seen(person: Person) -> str | None:
    """Whose deployments are listed for this person; None for everybody's."""
    return None if sees_all(person) else person.account_id
