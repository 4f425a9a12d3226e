"""What the server and the command line both make of an installation."""

from consentry.accounts.terms import AccountTerms
from consentry.clients import reap
from consentry.clients.policy import RegistrationPolicy
from consentry.documents import Documents
from consentry.fetch import Fetcher
from consentry.installation import Installation
from consentry.spec.retrieval import Fetch
from consentry.store.sql import Transaction

SWEEP_BATCH = 500


def account_terms(installation: Installation, *, mail: bool | None = None) -> AccountTerms:
    """What is decided about accounts. For the command line `mail` is whether the server that it serves sends any."""
    sends = installation.settings.smtp_url is not None if mail is None else mail
    return AccountTerms(
        signup=installation.settings.signup,
        mail=sends,
        addresses=installation.addresses,
        sealer=installation.sealer,
        entropy=installation.entropy,
        second_factor=installation.settings.second_factor,
        require_verified=installation.settings.require_verified_email,
    )


def registration_policy(installation: Installation) -> RegistrationPolicy:
    """What strangers may register."""
    settings = installation.settings
    return RegistrationPolicy(
        private_schemes=frozenset(settings.private_redirect_schemes),
        signing_algorithm=installation.signer.algorithm,
        kind=settings.registration,
        trusted_domains=frozenset(settings.trusted_redirect_domains),
        unused_ttl=settings.unused_client_ttl,
        kept_hosts=frozenset(settings.kept_redirect_hosts),
        device_authorization=settings.device_authorization,
    )


def documents(installation: Installation, fetch: Fetch | None = None) -> Documents:
    """Clients that are known by their documents; `fetch` is the way out."""
    loopback = not installation.addresses.secure
    return Documents(
        store=installation.store,
        fetch=fetch or Fetcher(loopback),
        policy=registration_policy(installation),
        clock=installation.clock,
        loopback=loopback,
        offered=installation.settings.metadata_documents,
    )


async def sweep(installation: Installation, most: int) -> int:
    """One batch; how many rows it removed."""

    async def work(tx: Transaction) -> int:
        now = installation.clock()
        calls_before = now - installation.settings.log_retention
        return await tx.sweep(now, most, calls_before) + await reap.reap(tx, now, most)

    return await installation.store.write(work)
