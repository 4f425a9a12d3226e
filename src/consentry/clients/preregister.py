"""Pre-registration: a client that the operator makes by hand (MCP authorization, Client Registration Approaches)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from consentry.audit import Event
from consentry.clients import metadata as rules
from consentry.clients import proving, register
from consentry.clients.model import DEFAULT_GRANT_TYPES, AuthMethod, Client, ClientTransaction, Json, Refresh
from consentry.clients.policy import RegistrationPolicy
from consentry.clients.presets import CLAUDES, OLDER_CLAUDE, PRESETS, Preset
from consentry.clients.register import Registered
from consentry.spec.errors import Refusal
from consentry.tokens import Entropy, Kind, identifier, mint


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator asks for. With `keys` (its `jwks` or `jwks_uri`) the client signs, with `confidential` it gets
    a secret, without either it is public."""

    name: str
    redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...] = DEFAULT_GRANT_TYPES
    confidential: bool = False
    keys: Mapping[str, Json] = field(default_factory=dict)
    refresh: Refresh | None = None

    @property
    def auth_method(self) -> AuthMethod:
        if self.keys:
            return "private_key_jwt"
        return "client_secret_basic" if self.confidential else "none"


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of a client, by whichever door: one known application, or any other by its own redirect URIs;
    `older`: Claude's former one, too. Without `grant_types` it is what people approve, refreshed."""

    preset: Preset | None = None
    name: str = ""
    redirect_uris: tuple[str, ...] = ()
    older: bool = False
    confidential: bool = False
    grant_types: tuple[str, ...] = ()
    keys: Mapping[str, Json] = field(default_factory=dict)
    refresh: Refresh | None = None


def wanted(said: Said) -> Wanted:
    """The client that it comes to."""
    known_name, known_uris = PRESETS[said.preset] if said.preset else ("", ())
    former = (OLDER_CLAUDE,) if said.older and said.preset in CLAUDES else ()
    return Wanted(
        name=said.name.strip() or known_name or "My application",
        redirect_uris=(*known_uris, *former, *said.redirect_uris),
        grant_types=tuple(dict.fromkeys(said.grant_types)) or DEFAULT_GRANT_TYPES,
        confidential=said.confidential,
        keys=said.keys,
        refresh=said.refresh,
    )


def make(
    wanted: Wanted, policy: RegistrationPolicy, deployment_id: str | None, entropy: Entropy, now: int
) -> Registered | Refusal:
    """The client asked for, held to the rules of those that register themselves. Touches nothing."""
    made = _by_the_rules(wanted, policy, entropy, now) if wanted.redirect_uris else _for_itself(wanted, entropy, now)
    if isinstance(made, Refusal):
        return made
    client = replace(
        made.client,
        source="operator",
        pending=False,  # whoever makes it by hand has looked at it
        grant_types=wanted.grant_types,
        deployment_id=deployment_id,
        refresh=wanted.refresh,
    )
    return Registered(client, made.secret)


def _by_the_rules(wanted: Wanted, policy: RegistrationPolicy, entropy: Entropy, now: int) -> Registered | Refusal:
    metadata: dict[str, Json] = {
        "client_name": wanted.name,
        "redirect_uris": [*dict.fromkeys(wanted.redirect_uris)],
        "token_endpoint_auth_method": wanted.auth_method,
        **wanted.keys,
    }
    return register.make(metadata, policy, entropy, now)


def _for_itself(wanted: Wanted, entropy: Entropy, now: int) -> Registered | Refusal:
    """A client that takes nobody anywhere: what it registers with is nothing but how it proves itself."""
    keys = proving.read(wanted.keys, wanted.auth_method)
    if isinstance(keys, str):
        return Refusal("invalid_client_metadata", keys, "registration:keys")
    if len(wanted.name) > rules.LONGEST_TEXT or "\0" in wanted.name:
        description = f"client_name must be text of at most {rules.LONGEST_TEXT} characters."
        return Refusal("invalid_client_metadata", description, "registration:metadata")
    secret = mint(Kind.CLIENT_SECRET, entropy) if wanted.auth_method == "client_secret_basic" else None
    client = Client(
        id=identifier("client", entropy),
        name=wanted.name,
        redirect_uris=(),
        grant_types=wanted.grant_types,
        auth_method=wanted.auth_method,
        source="operator",
        created_at=now,
        secret_digest=secret.digest() if secret else None,
        metadata={},
        jwks=keys.jwks,
        jwks_uri=keys.jwks_uri,
    )
    return Registered(client, secret)


async def create(tx: ClientTransaction, registered: Registered) -> None:
    """Keeps a client that was made."""
    client = registered.client
    await tx.add_client(client)
    detail: dict[str, str | int] = {"auth_method": client.auth_method}
    await tx.add_event(
        Event(
            "client:client:created",
            client.created_at,
            client_id=client.id,
            deployment_id=client.deployment_id,
            detail=detail,
        )
    )


async def set_refresh(tx: ClientTransaction, client: Client, refresh: Refresh, now: int) -> None:
    """How grants of this client are refreshed from now on; those that there are stay as they are."""
    if await tx.set_client_refresh(client.id, refresh):
        await tx.add_event(Event("client:client:changed", now, client_id=client.id, reason=f"refresh: {refresh}"))
