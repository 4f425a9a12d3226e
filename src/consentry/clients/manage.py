"""Looking after one's own registration: RFC 7592 §2. Who shares a client cannot change it (ADR 14)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from consentry.audit import Event
from consentry.clients import register
from consentry.clients.fingerprint import canonical
from consentry.clients.model import Client, Json
from consentry.clients.policy import RegistrationPolicy
from consentry.clients.registration import Registration, RemovalTransaction
from consentry.spec.errors import Refusal
from consentry.tokens import Digest, Entropy, Kind, Secret, recognise


class ManageTransaction(RemovalTransaction, Protocol):
    """What these acts need of a transaction."""

    async def find_client(self, client_id: str) -> Client | None: ...

    async def find_registration(self, digest: Digest) -> Registration | None: ...

    async def respell_registration(self, digest: Digest, redirect_uris: tuple[str, ...]) -> None: ...

    async def remove_registration(self, digest: Digest) -> bool: ...

    async def update_client(self, client: Client, reap_at: int | None) -> bool:
        """False where it is gone, waits for approval, or was shared meanwhile: one conditional statement."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """A registration, with the client that it is of."""

    registration: Registration
    client: Client

    def described(self) -> Client:
        """The client as this registration spells it."""
        return replace(self.client, redirect_uris=self.registration.redirect_uris)


async def find(tx: ManageTransaction, client_id: str, shown: str | None, now: int) -> Held | Refusal:
    """What the token opens, if it is that of this client (§2: 401 otherwise, and where the client is gone)."""
    token = recognise(shown, Kind.REGISTRATION_TOKEN) if shown else None
    registration = await tx.find_registration(token.digest()) if token else None
    if registration is None or registration.client_id != client_id:
        return _refused("manage:token")
    if registration.ends_at is not None and now >= registration.ends_at:
        return _refused("manage:ended")
    client = await tx.find_client(client_id)
    return Held(registration, client) if client is not None else _refused("manage:gone")


def change(
    held: Client, metadata: Mapping[str, Json], policy: RegistrationPolicy, entropy: Entropy, now: int
) -> Client | Refusal:
    """The client as it is to be from now on, held to the rules of a new registration (§2.2). Touches nothing."""
    if metadata.get("client_id") != held.id:
        return _faulty("client_id must be there, and be the one that was issued.", "manage:client_id")
    secret = metadata.get("client_secret")
    if secret is not None and not _is_secret_of(held, secret, now):
        return _faulty("client_secret is not the one that was issued: leave it out.", "manage:client_secret")
    # §2.2: what is left out may be taken for unchanged. A public client must not become one that others trust more.
    method = metadata.get("token_endpoint_auth_method") or held.auth_method
    if method != held.auth_method:
        return _faulty("token_endpoint_auth_method cannot be changed: register anew.", "manage:auth_method")
    made = register.make({**metadata, "token_endpoint_auth_method": method}, policy, entropy, now)
    if isinstance(made, Refusal):
        return made
    said = made.client
    changed = replace(
        held,
        name=said.name,
        redirect_uris=said.redirect_uris,
        grant_types=said.grant_types,
        application_type=said.application_type,
        scope=said.scope,
        metadata=said.metadata,
        jwks=said.jwks,
        jwks_uri=said.jwks_uri,
    )
    if canonical(changed) != canonical(held):
        return _frozen(held, policy) or changed
    return changed


async def save(
    tx: ManageTransaction, held: Held, changed: Client, policy: RegistrationPolicy, network: str | None, now: int
) -> Refusal | None:
    """Keeps what was changed, unless another has come to share the client meanwhile."""
    if canonical(changed) != canonical(held.client):
        if not await tx.update_client(changed, policy.reap_at(changed.redirect_uris, now)):
            return _shared()
        names = sorted(_differences(held.client, changed))
        await tx.add_event(
            Event(
                "client:registration:changed",
                now,
                network=network,
                client_id=changed.id,
                detail={"changed": " ".join(names), "name": changed.name},
            )
        )
    await tx.respell_registration(held.registration.digest, changed.redirect_uris)
    return None


async def leave(tx: ManageTransaction, held: Held, network: str | None, now: int) -> None:
    """§2.3 where the client is shared: this registration ends, and the client stays for the others."""
    if await tx.remove_registration(held.registration.digest):
        await tx.add_event(Event("client:registration:ended", now, network=network, client_id=held.client.id))


def _frozen(held: Client, policy: RegistrationPolicy) -> Refusal | None:
    if held.shared:
        return _shared()
    if held.pending or policy.kind == "approval":
        # What the operator reads is what is approved: it must not change behind the operator's back.
        description = "Registrations need the operator's approval here and cannot be changed: register anew."
        return Refusal("access_denied", description, "manage:approval")
    return None


def _shared() -> Refusal:
    description = "Others have registered in the same words and share this client: register anew to differ."
    return Refusal("access_denied", description, "manage:shared")


def _is_secret_of(client: Client, given: Json, now: int) -> bool:
    # A lone surrogate has no bytes to digest.
    if not isinstance(given, str) or not given.isascii():
        return False
    shown = Secret(given).digest()
    return any(hmac.compare_digest(shown, kept) for kept in client.secret_digests(now))


def _differences(before: Client, after: Client) -> set[str]:
    names = ("name", "redirect_uris", "grant_types", "application_type", "scope", "metadata", "jwks", "jwks_uri")
    return {name for name in names if getattr(before, name) != getattr(after, name)}


def _faulty(description: str, reason: str) -> Refusal:
    return Refusal("invalid_client_metadata", description, reason)


def _refused(reason: str) -> Refusal:
    description = "The registration access token is missing, or not that of this client: send it as a Bearer token."
    return Refusal("invalid_token", description, reason)
