"""Who may come in: a deployment's access policy, and what it says to those whom it keeps out."""

from typing import assert_never

from consentry.deployments.admission import Person
from consentry.deployments.model import Deployment
from consentry.spec.errors import Refusal


def check(deployment: Deployment, person: Person) -> Refusal | None:
    """Whether this person may let an application use the deployment."""
    if deployment.admission.admits(person):
        return None
    if not person.verified and deployment.access != "owner":
        sentence = f"{person.email} is not verified. Verify it first, then connect again."
        return Refusal("access_denied", sentence, "deployment:access:unverified")
    return Refusal("access_denied", _sentence(deployment), f"deployment:access:{deployment.access}")


def _sentence(deployment: Deployment) -> str:
    match deployment.access:
        case "owner":
            return f"{deployment.name} is open to its owner alone. Sign in as the owner, or ask them to open it."
        case "invited":
            return (
                f"{deployment.name} is open to invited people. Sign in with the address that was invited, or ask its "
                "owner for an invitation."
            )
        case "domain":
            return (
                f"{deployment.name} is open to addresses of {deployment.email_domain}. Sign in with one of them, or "
                "ask its owner to let you in."
            )
        case "verified":
            return f"{deployment.name} is open to verified addresses. Verify yours first."
        case _ as never:
            assert_never(never)
