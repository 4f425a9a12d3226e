"""Who may see and do what with deployments: the one place that says so, for pages, programs and whatever comes."""

from dataclasses import dataclass

from consentry.deployments.model import Deployment


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: an account, and whether it is an operator's."""

    account_id: str
    operator: bool


def may_manage(person: Person, deployment: Deployment) -> bool:
    """See all of it, change it, test it, give it clients, end it: its owner, and any operator."""
    return person.operator or person.account_id == deployment.owner_id


def may_place(person: Person) -> bool:
    """Say what this server calls: an upstream is reached from the operator's own network."""
    return person.operator


def sees_all(person: Person) -> bool:
    """Every deployment, and not just one's own."""
    return person.operator


def owner_seen(person: Person) -> str | None:
    """Whose deployments are listed for this person; None for everybody's."""
    return None if sees_all(person) else person.account_id
