"""Events that a person should hear of, as letters: written once, by whichever process sees them first."""

from collections.abc import Callable
from datetime import UTC, datetime

from consentry.accounts import letters
from consentry.accounts.letters import Letter, LetterKind
from consentry.accounts.terms import AccountTerms
from consentry.audit import Event, EventName
from consentry.spec import uris
from consentry.store import Store, Transaction
from consentry.web.pages.stranger import plain

# After a day it is no news any more: mail that was switched on today tells nothing of last month.
NEWS_SECONDS = 86_400
BATCH = 50

KINDS: dict[EventName, LetterKind] = {
    "account:password:changed": "password_changed",
    "account:second_factor:added": "factor_added",
    "account:second_factor:removed": "factor_removed",
    "account:second_factor:throttled": "factor_guessed",
    "account:recovery_code:used": "recovery_used",
    "grant:code:exchanged": "client_connected",
    "grant:code:replayed": "client_cut_off",
    "grant:token:reused": "client_cut_off",
}


class Herald:
    """Looks for events that nobody has been told of."""

    def __init__(self, store: Store, terms: AccountTerms, clock: Callable[[], int]) -> None:
        self._store = store
        self._terms = terms
        self._clock = clock

    async def tell(self) -> int:
        """Writes what is to be written; how many events it looked at."""

        async def look(tx: Transaction) -> list[tuple[int, Event]]:
            return await tx.list_events_to_tell(self._clock() - NEWS_SECONDS, BATCH)

        found = await self._store.read(look)
        for number, event in found:
            await self._tell(number, event)
        return len(found)

    async def _tell(self, number: int, event: Event) -> None:
        async def work(tx: Transaction) -> None:
            if await tx.mark_told(number, event.at):
                await self._write(tx, event)

        await self._store.write(work)

    async def _write(self, tx: Transaction, event: Event) -> None:
        account = await tx.find_account(event.account_id) if event.account_id is not None else None
        if account is None or account.disabled_at is not None or await self._is_no_news(tx, event):
            return
        letter = Letter(KINDS[event.name], account.email, await self._facts(tx, event))
        await letters.write(tx, letter, account.id, self._terms, self._clock())

    async def _is_no_news(self, tx: Transaction, event: Event) -> bool:
        """A client that the account connected before."""
        if event.name != "grant:code:exchanged":
            return False
        grants = await tx.list_grants(account_id=event.account_id, client_id=event.client_id)
        return any(grant.id != event.grant_id and grant.created_at <= event.at for grant in grants)

    async def _facts(self, tx: Transaction, event: Event) -> dict[str, str]:
        endpoint = self._terms.addresses.endpoint
        facts = {
            "when": f"{datetime.fromtimestamp(event.at, UTC):%-d %B %Y, %H:%M} UTC",
            "network": event.network or "an address that is not known",
            "url": endpoint("account"),
            "security_url": endpoint("account/security"),
            "reset_url": endpoint("reset-password"),
            "left": str(event.detail.get("left", "")),
        }
        if event.client_id is not None:
            client = await tx.find_client(event.client_id)
            grant = await tx.find_grant(event.grant_id) if event.grant_id is not None else None
            deployment = await tx.find_deployment(event.deployment_id) if event.deployment_id is not None else None
            facts["application"] = plain(client.name if client else "") or "An application without a name"
            facts["server"] = plain(deployment.name if deployment else "") or "an MCP server that is gone"
            facts["host"] = uris.shown_host(grant.redirect_uri) if grant and grant.redirect_uri else "a device"
        return facts
