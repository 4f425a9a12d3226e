"""Device authorization: RFC 8628. A device without a browser asks, a person answers elsewhere, the device polls."""

from dataclasses import dataclass
from typing import Protocol

from consentry.accounts import attempts
from consentry.accounts.attempts import Throttled
from consentry.audit import Event, EventName, EventTransaction
from consentry.clients.model import DEVICE_CODE, Client
from consentry.deployments.model import Deployment
from consentry.grants import authorize, code
from consentry.grants.authentication import Authentication
from consentry.grants.exchange import Exchange, Issued, check_resource, dead, narrowed
from consentry.grants.model import (
    AuthorizationCode,
    DeviceAuthorization,
    DeviceDecision,
    DeviceTransaction,
    Permissions,
)
from consentry.grants.terms import Terms
from consentry.spec import scopes, user_code
from consentry.spec.errors import Refusal
from consentry.spec.networks import neighbourhood
from consentry.spec.params import Params
from consentry.tokens import Digest, Kind, Secret, mint, recognise

GRANT_TYPE = DEVICE_CODE
POLL_SECONDS = 5  # RFC 8628 §3.5; each poll that comes too soon adds as much
# Our clock counts whole seconds: whoever waits for as long as they were told must never be too early.
LENIENT_SECONDS = 1
USER_CODE_PURPOSE = "user code"
# Wrong user codes in a window (§5.1): of one account, and of one address whatever the account.
MOST_PER_ACCOUNT = 10
MOST_PER_NETWORK = 50
_CODE_BYTES = 16
_MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """The device authorization response (§3.2): both codes are known here and to the device alone."""

    device_code: Secret
    user_code: str
    expires_in: int


def check(params: Params, client: Client, deployment: Deployment | None, resource: str) -> Permissions | Refusal:
    """What the device may be given, if the person approves. `deployment` is what `resource` names."""
    if GRANT_TYPE not in client.grant_types:
        sentence = f"This client did not register for grant_type {GRANT_TYPE}."
        return Refusal("unauthorized_client", sentence, "device:not_registered")
    return (
        authorize.permitted(params, client, deployment, resource) if deployment else authorize.unknown_resource(params)
    )


class AskTransaction(EventTransaction, Protocol):
    """What a device that asks needs of a transaction."""

    async def add_device_authorization(self, waiting: DeviceAuthorization) -> bool: ...


async def ask(
    tx: AskTransaction, client: Client, permissions: Permissions, network: str | None, terms: Terms, now: int
) -> Asked:
    """Two new codes: one that the device keeps, one that it shows."""
    device_code = mint(Kind.DEVICE_CODE, terms.entropy)
    expires_at = now + terms.device_code_ttl
    for _ in range(_MOST_TRIES):
        shown = user_code.of_number(int.from_bytes(terms.entropy(_CODE_BYTES)))
        waiting = DeviceAuthorization(
            device_code.digest(),
            digests(shown, terms)[0],
            client.id,
            permissions,
            network,
            now,
            expires_at,
            POLL_SECONDS - LENIENT_SECONDS,
        )
        if await tx.add_device_authorization(waiting):
            await tx.add_event(_event("grant:device:asked", waiting, None, network, now))
            return Asked(device_code, shown, terms.device_code_ttl)
    raise RuntimeError("no user code is free")  # one in 10^10, five times


async def guess(
    tx: DeviceTransaction, shown: str, account_id: str, network: str | None, terms: Terms, now: int
) -> DeviceAuthorization | Throttled | None:
    """The device that shows what a person typed. Counted before it is looked for; a right code takes its count back."""
    limits = {
        attempts.key("user code", "account", account_id): MOST_PER_ACCOUNT,
        attempts.key("user code", "network", neighbourhood(network)): MOST_PER_NETWORK,
    }
    overrun = await attempts.count(tx, limits, now)
    if overrun is not None:
        if overrun.first:
            await tx.add_event(Event("grant:user_code:throttled", now, network=network, account_id=account_id))
        return overrun.throttled
    waiting = await find(tx, shown, terms, now)
    if waiting is None:
        await tx.add_event(Event("grant:user_code:failed", now, network=network, account_id=account_id))
        return None
    for key in limits:
        await tx.take_back_attempt(key)
    return waiting


async def find(tx: DeviceTransaction, shown: str, terms: Terms, now: int) -> DeviceAuthorization | None:
    """The device that shows this code and waits for an answer."""
    for digest in digests(shown, terms):
        waiting = await tx.find_device_authorization(digest)
        if waiting is not None and waiting.decision is None and now < waiting.expires_at:
            return waiting
    return None


async def decide(
    tx: DeviceTransaction,
    waiting: DeviceAuthorization,
    decision: DeviceDecision,
    held: Authentication,
    network: str | None,
    now: int,
) -> bool:
    """The person's answer; False where there is one already, or it comes too late."""
    if not await tx.decide_device_authorization(waiting.digest, decision, now):
        return False
    if decision == "approved":
        # An authorization code that its client holds already (ADR 18): it is spent, and dies, like any other.
        await tx.add_code(
            AuthorizationCode(
                waiting.digest,
                waiting.client_id,
                held.account_id,
                waiting.permissions,
                redirect_uri="",
                code_challenge="",
                expires_at=waiting.expires_at,
                network=network,
                auth_time=held.auth_time,
                amr=held.amr,
                browser=held.browser,
            )
        )
    name: EventName = "grant:consent:approved" if decision == "approved" else "grant:consent:denied"
    await tx.add_event(_event(name, waiting, held.account_id, network, now))
    return True


async def exchange(tx: DeviceTransaction, request: Exchange) -> Issued | Refusal:
    """grant_type=…:device_code, §3.4: the answer, once there is one. A stranger's guess counts as no poll."""
    given = request.params.get("device_code")
    if given is None:
        return Refusal("invalid_request", "device_code is missing.", "device:absent")
    secret = recognise(given, Kind.DEVICE_CODE)
    if secret is None:
        return dead("device code", "device:malformed")
    waiting = await tx.poll_device_authorization(secret.digest(), request.client.id, request.now, POLL_SECONDS)
    if waiting is None:
        return dead("device code", "device:unknown")
    match waiting.decision:
        case "approved":
            return await _collect(tx, waiting.digest, request)
        case "denied":
            return Refusal("access_denied", "The person said no.", "device:denied")
        case None:
            return undecided(waiting, request.now)


def undecided(waiting: DeviceAuthorization, now: int) -> Refusal:
    """What a poll is told before there is an answer."""
    if now >= waiting.expires_at:
        return Refusal("expired_token", "The device code has expired: ask for a new one.", "device:expired")
    if waiting.slowed:
        sentence = f"Too soon: wait {waiting.poll_seconds + LENIENT_SECONDS} seconds between polls from now on."
        return Refusal("slow_down", sentence, "device:slow_down")
    return Refusal("authorization_pending", "The person has not answered yet.", "device:pending")


async def _collect(tx: DeviceTransaction, digest: Digest, request: Exchange) -> Issued | Refusal:
    held = await tx.find_code(digest)
    if held is None:
        return dead("device code", "device:void")
    if held.spent_at is None and request.now >= held.expires_at:
        return Refusal("expired_token", "The device code has expired: ask for a new one.", "device:expired")
    refused = check_resource(request.params, held.permissions)
    scope = refused or narrowed(request.params, held.permissions)
    return scope if isinstance(scope, Refusal) else await code.buy(tx, held, scope, request)


def digests(shown: str, terms: Terms) -> tuple[bytes, ...]:
    """Under what a user code may be kept: it is short, so its digest is keyed by the operator's secret."""
    return terms.sealer.signatures(shown.encode(), USER_CODE_PURPOSE)


def _event(
    name: EventName, waiting: DeviceAuthorization, account_id: str | None, network: str | None, now: int
) -> Event:
    return Event(
        name,
        now,
        network=network,
        account_id=account_id,
        client_id=waiting.client_id,
        deployment_id=waiting.permissions.deployment_id,
        reason="by device",
        detail={"scope": scopes.render(waiting.permissions.scope)},
    )
