"""The token endpoint: the phases that all grants share. OAuth 2.1 §3.2."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from consentry.grants import code, credentials, device, refresh
from consentry.grants.exchange import Exchange, Issued
from consentry.grants.model import DeviceTransaction
from consentry.grants.terms import Terms
from consentry.spec.errors import Refusal

Grant = Callable[[DeviceTransaction, Exchange], Awaitable[Issued | Refusal]]

GRANTS: Mapping[str, Grant] = MappingProxyType(
    {
        "authorization_code": code.exchange,
        "refresh_token": refresh.exchange,
        device.GRANT_TYPE: device.exchange,
        "client_credentials": credentials.exchange,
    }
)


def offered(grant_type: str, terms: Terms) -> bool:
    """Whether the grant is switched on."""
    switches = {device.GRANT_TYPE: terms.device_authorization, "client_credentials": terms.client_credentials}
    return grant_type in GRANTS and switches.get(grant_type, True)


def choose(exchange: Exchange) -> Grant | Refusal:
    """The grant that the request names, if this client may use it."""
    grant_type = exchange.params.get("grant_type")
    if grant_type is None:
        return Refusal("invalid_request", "grant_type is missing.", "grant_type:absent")
    grant = GRANTS.get(grant_type)
    if grant is None or not offered(grant_type, exchange.terms):
        return Refusal("unsupported_grant_type", "grant_type is not one that this server offers.", "grant_type:unknown")
    if grant_type not in exchange.client.grant_types:
        return Refusal(
            "unauthorized_client",
            f"This client did not register for grant_type {grant_type}.",
            "grant_type:not_registered",
        )
    return grant
