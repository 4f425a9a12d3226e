"""Who may come in: a deployment's access policy."""

from typing import assert_never

from consentry.deployments.model import Deployment
from consentry.spec.errors import Refusal


def check(deployment: Deployment, account_id: str) -> Refusal | None:
    """Whether this (verified) account may let an application use the deployment."""
    match deployment.access:
        case "verified":
            return None
        case "owner":
            if account_id == deployment.owner_id:
                return None
            return Refusal(
                "access_denied",
                f"{deployment.name} is open to its owner alone. Sign in as the owner, or ask them to open it.",
                "deployment:access:owner",
            )
        case _ as never:
            assert_never(never)
