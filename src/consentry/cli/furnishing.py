"""What the demonstration puts into its installation: an account, and deployments that it owns."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from consentry.accounts import administer as accounts
from consentry.accounts.model import Account, email_key
from consentry.accounts.passwords import Passwords
from consentry.cli.finding import deployment_of
from consentry.cli.output import Failure
from consentry.deployments import administer as deployments
from consentry.deployments.administer import Change, Wanted
from consentry.deployments.health import Seen
from consentry.deployments.model import Deployment
from consentry.installation import Installation
from consentry.looking import Looker, reaching
from consentry.store.sql import Transaction

EMAIL = "demo@example.com"
_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Shown:
    """A deployment to be: its slug, the name that people read, and its MCP server."""

    slug: str
    name: str
    upstream_url: str


def passphrase() -> str:
    """Four words of four letters that can be said aloud, as in `tavo-kilu-remi-dasu`: 50 bits."""
    syllables = [secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(8)]
    return "-".join(first + second for first, second in zip(syllables[::2], syllables[1::2], strict=True))


async def furnish(here: Installation, shown: Iterable[Shown], password: str) -> None:
    """Makes what is missing and brings up to date what is there: a kept installation is furnished at each start."""
    password_hash = Passwords().hash(password)

    async def work(tx: Transaction) -> None:
        account = await _account(tx, here, password_hash)
        for one in shown:
            await _deployment(tx, here, one, account)

    await here.store.write(work)


async def test(here: Installation, shown: Iterable[Shown]) -> None:
    """Connects to each MCP server, as the button in the dashboard does, so that it says from the start how they are."""
    look = Looker(reaching(here), here.clock)
    for one in shown:
        found = await here.store.read(partial(deployment_of, slug=one.slug))
        seen = await look(found)
        await here.store.write(partial(_keep, found=found, seen=seen))


async def _keep(tx: Transaction, found: Deployment, seen: Seen) -> bool:
    return await tx.keep_health(found.id, seen)


async def _account(tx: Transaction, here: Installation, password_hash: str) -> Account:
    found = await tx.find_account_by_email(email_key(EMAIL))
    if found is not None:
        if found.disabled_at is not None:
            raise Failure(f"The account {EMAIL} was disabled there: name another folder in --data.")
        await accounts.verify(tx, found, here.clock())
        await accounts.set_password(tx, found, password_hash, here.clock())
        return found
    made = accounts.make(
        EMAIL, "Demo", password_hash, operator=True, verified=True, entropy=here.entropy, now=here.clock()
    )
    await accounts.create(tx, made)
    return made


async def _deployment(tx: Transaction, here: Installation, shown: Shown, owner: Account) -> None:
    found = await tx.find_deployment_by_slug(shown.slug)
    if found is not None:
        await deployments.change(tx, found, Change(upstream_url=shown.upstream_url), here.clock())
        return
    wanted = Wanted(shown.slug, shown.name, shown.upstream_url)
    made = deployments.make(wanted, owner.id, here.entropy, here.clock())
    await deployments.create(tx, made)
