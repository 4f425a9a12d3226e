"""Dynamic client registration: RFC 7591."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from consentry.audit import Event
from consentry.clients import metadata as rules
from consentry.clients import openid, proving
from consentry.clients.fingerprint import fingerprint
from consentry.clients.model import DEVICE_CODE, AuthMethod, Client, Json
from consentry.clients.policy import RegistrationPolicy
from consentry.clients.registration import Registration, RegistrationTransaction
from consentry.spec.errors import Refusal
from consentry.tokens import Entropy, Kind, Secret, identifier, mint

# The token of one that is folded with others opens little, and some clients register at every start.
SHARED_TOKEN_SECONDS = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Registered:
    """A new client, with its secret where it has one, and the token to look after the registration (RFC 7592 §3).

    This is the only time that they are known.
    """

    client: Client
    secret: Secret | None
    token: Secret | None = None


def make(metadata: Mapping[str, Json], policy: RegistrationPolicy, entropy: Entropy, now: int) -> Registered | Refusal:
    """The client that this metadata asks for, or why there is none. Touches nothing."""
    redirect_uris = metadata.get("redirect_uris") or []
    if redirect_uris or not rules.needs_no_redirect(metadata):
        fault = rules.redirect_uris_fault(redirect_uris, metadata.get("application_type"), policy)
        if fault:
            return Refusal("invalid_redirect_uri", fault, "registration:redirect_uri")
    fault = rules.fault(metadata) or openid.fault(metadata, policy.signing_algorithm)
    if fault:
        return Refusal("invalid_client_metadata", fault, "registration:metadata")
    grant_types = rules.grant_types(metadata.get("grant_types"), policy)
    if not {"authorization_code", DEVICE_CODE} & set(grant_types):
        sentence = "Devices cannot register themselves here: ask the operator for a client."
        return Refusal("invalid_client_metadata", sentence, "registration:devices")
    # RFC 7591 §2: client_secret_basic where the client names no method.
    method = cast("AuthMethod", metadata.get("token_endpoint_auth_method") or "client_secret_basic")
    keys = proving.read(metadata, method)
    if isinstance(keys, str):
        return Refusal("invalid_client_metadata", keys, "registration:keys")
    secret = mint(Kind.CLIENT_SECRET, entropy) if method.startswith("client_secret") else None
    client = Client(
        id=identifier("client", entropy),
        name=cast("str", metadata.get("client_name") or ""),
        redirect_uris=tuple(cast("list[str]", redirect_uris)),
        grant_types=grant_types,
        auth_method=method,
        source="registration",
        created_at=now,
        application_type=cast("Literal['web', 'native'] | None", metadata.get("application_type")),
        secret_digest=secret.digest() if secret else None,
        scope=cast("str | None", metadata.get("scope")) or None,
        metadata=rules.echoed(metadata),
        jwks=keys.jwks,
        jwks_uri=keys.jwks_uri,
        pending=policy.kind == "approval",
    )
    return Registered(client, secret, mint(Kind.REGISTRATION_TOKEN, entropy))


async def register(
    tx: RegistrationTransaction,
    made: Registered,
    policy: RegistrationPolicy,
    network: str | None,
    now: int,
    *,
    allowed_by: str | None = None,
) -> Registered:
    """Keeps a client that was made, or folds it into the one that is the same; what the caller is to be told.

    `allowed_by` is the id of the initial access token that it brought.
    """
    asked = made.client
    kept = await tx.fold_client(asked, fingerprint(asked), policy.reap_at(asked.redirect_uris, now))
    if made.token is not None:
        ends_at = now + SHARED_TOKEN_SECONDS if kept.shared else None
        if kept.registrations == 2:
            await tx.end_registrations(kept.id, now + SHARED_TOKEN_SECONDS)
        await tx.add_registration(Registration(made.token.digest(), kept.id, asked.redirect_uris, now, ends_at))
    detail: dict[str, str | int] = {"auth_method": kept.auth_method, "registrations": kept.registrations}
    if kept.pending:
        detail["pending"] = 1
    if allowed_by is not None:
        detail["registration_token"] = allowed_by
    name: Literal["client:registration:folded", "client:registration:created"] = (
        "client:registration:folded" if kept.shared else "client:registration:created"
    )
    await tx.add_event(Event(name, now, network=network, client_id=kept.id, detail=detail))
    # RFC 7591 §3.2.1: what this one registered, in its own spelling.
    return replace(made, client=replace(kept, redirect_uris=asked.redirect_uris, scope=asked.scope))
