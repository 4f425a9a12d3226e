"""A client that is made by hand: looked at, kept, and let in where it acts for itself. For pages and commands alike."""

from typing import Literal, Protocol

from consentry.accounts.model import Account
from consentry.addresses import Addresses
from consentry.clients import preregister
from consentry.clients.model import OPERATOR_GRANT_TYPES, ClientTransaction
from consentry.clients.policy import RegistrationPolicy
from consentry.clients.preregister import Wanted
from consentry.clients.register import Registered
from consentry.deployments.model import Deployment
from consentry.grants import credentials
from consentry.grants.model import GrantTransaction
from consentry.spec.errors import Refusal
from consentry.tokens import Entropy

# What does not go together. Each door says it in its own words, since each has other fields.
Misfit = Literal["unknown grant", "no redirect", "idle redirect", "nothing to refresh", "unproven", "two proofs"]


class PreregistrationTransaction(ClientTransaction, GrantTransaction, Protocol):
    """What this needs of a transaction."""

    async def find_account(self, account_id: str) -> Account | None: ...


def misfit(wanted: Wanted, *, for_one_deployment: bool) -> Misfit | None:
    """Why there can be no such client, before anything is looked up."""
    grants = set(wanted.grant_types)
    if not grants <= set(OPERATOR_GRANT_TYPES):
        return "unknown grant"
    if "authorization_code" in grants and not wanted.redirect_uris:
        return "no redirect"
    if "authorization_code" not in grants and wanted.redirect_uris:
        return "idle redirect"
    if "refresh_token" in grants and grants <= {"refresh_token", "client_credentials"}:
        return "nothing to refresh"
    if "client_credentials" in grants and (wanted.auth_method == "none" or not for_one_deployment):
        return "unproven"
    return "two proofs" if wanted.keys and wanted.confidential else None


async def register(
    tx: PreregistrationTransaction,
    wanted: Wanted,
    only: Deployment | None,
    policy: RegistrationPolicy,
    addresses: Addresses,
    entropy: Entropy,
    now: int,
) -> Registered | Refusal:
    """Makes and keeps the client, in which `misfit` found nothing; `only` is the one deployment that it is for."""
    made = preregister.make(wanted, policy, only.id if only else None, entropy, now)
    if isinstance(made, Refusal):
        return made
    acts_for_itself = only is not None and "client_credentials" in made.client.grant_types
    if only is not None and acts_for_itself:
        owner = await tx.find_account(only.owner_id)
        if owner is None or owner.disabled_at is not None:
            sentence = f"The owner of {only.slug} is disabled, and would have to answer for it: give it another owner."
            return Refusal("access_denied", sentence, "preregistration:owner")
    await preregister.create(tx, made)
    if only is not None and acts_for_itself:
        await credentials.approve(tx, made.client, only, only.resource_at(addresses), entropy, now)
    return made
