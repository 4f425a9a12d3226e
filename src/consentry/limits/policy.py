"""The operator's numbers, and who is counted as whom (ADR 19)."""

from dataclasses import dataclass
from hashlib import sha256

from consentry.limits.model import Rate
from consentry.spec.networks import Network, address_of, neighbourhood
from consentry.tokens import Digest


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate for one party, which `key` names: nobody reads an address or a client out of a counter.

    `about` is what the event calls it, `words` begin the refusal.
    """

    about: str
    words: str
    rate: Rate
    key: Digest


@dataclass(frozen=True, slots=True)
class Pace:
    """How often one grant may rotate, but for those in `unlimited`."""

    rate: Rate
    unlimited: tuple[Network, ...] = ()

    def at(self, network: str | None) -> Rate | None:
        return None if _inside(network, self.unlimited) else self.rate


@dataclass(frozen=True, slots=True)
class Limits:
    """`egress` are networks that many people come from, each with the factor of what they may do."""

    register: Rate
    authorize: Rate
    token: Rate
    token_failures: Rate
    api: Rate
    api_failures: Rate
    letters_to: Rate
    letters_from: Rate
    egress: tuple[tuple[Network, int], ...] = ()
    unlimited: tuple[Network, ...] = ()

    def counted(self, network: str | None) -> bool:
        return not _inside(network, self.unlimited)

    def registering(self, network: str | None) -> Limit:
        """Of strangers, whom nothing but their address tells apart."""
        return self._from("register", "Too many registrations from this network", self.register, network)

    def asking(self, network: str | None, account_id: str | None) -> Limit:
        """Of different authorization requests: by the account, as soon as there is one."""
        if account_id is None:
            return self._from("authorize", "Too many authorization requests from this network", self.authorize, network)
        words = "Too many authorization requests by this account"
        return Limit("authorize", words, self.authorize, _key("authorize", "account", account_id))

    def loading(self, asking: Limit, query: str) -> Limit:
        """Of the same authorization request, which one connection loads several times."""
        return Limit(asking.about, asking.words, self.authorize, _key("request", asking.key.hex(), query))

    def writing(self, network: str | None, address: str) -> tuple[Limit, Limit]:
        """Of mail that anybody can have sent: to one address, and at the asking of one network. Whether the address is
        somebody's makes no difference."""
        to = Limit("letter", "Too much mail was asked for to this address", self.letters_to, _key("letter", address))
        words = "Too much mail was asked for from this network"
        return self._from("letter", words, self.letters_from, network), to

    def rotating(self, client_id: str) -> Limit:
        """Of a grant, as its client is known by."""
        return Limit("token", "", self.token, _key("rotating", client_id))

    def acting(self, client_id: str) -> Limit:
        """Of the tokens that a client takes for itself; the operator made it, so nobody shares its id."""
        return Limit("token", "This client took too many tokens", self.token, _key("acting", client_id))

    def failing(self, network: str | None, client_id: str) -> Limit:
        """Of token requests that show nothing which was ever this client's."""
        words = "Too many token requests of this client failed"
        return self._from("token", words, self.token, network, client_id)

    def failing_at_all(self, network: str | None) -> Limit:
        """Of any token requests that fail."""
        words = "Too many token requests from this network failed"
        return self._from("token", words, self.token_failures, network)

    def managing(self, account_id: str) -> Limit:
        """Of requests to the management API, by whichever of an account's tokens and from wherever."""
        words = "This account sent too many requests to the management API"
        return Limit("api", words, self.api, _key("api", "account", account_id))

    def straying(self, network: str | None) -> Limit:
        """Of those that no live token comes with."""
        words = "Too many requests to the management API from this network came without a live token"
        return self._from("api", words, self.api_failures, network)

    def _from(self, about: str, words: str, rate: Rate, network: str | None, *parts: str) -> Limit:
        factor = self._factor(network)
        wider = Rate(rate.most * factor, rate.seconds)
        return Limit(about, words, wider, _key(about, *parts, neighbourhood(network)))

    def _factor(self, network: str | None) -> int:
        return max((factor for egress, factor in self.egress if _inside(network, (egress,))), default=1)


def _inside(network: str | None, networks: tuple[Network, ...]) -> bool:
    if not networks:
        return False
    address = address_of(network)
    return address is not None and any(address in each for each in networks)


def _key(*parts: str) -> Digest:
    return Digest(sha256("\0".join(("limit", *parts)).encode()).digest())
