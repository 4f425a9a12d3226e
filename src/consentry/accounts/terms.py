"""What the operator decided about accounts, and what these rooms write letters and links with."""

from dataclasses import dataclass
from typing import Literal

from consentry.addresses import Addresses
from consentry.sealing import Sealer
from consentry.tokens import Entropy, Secret

SignUp = Literal["invite", "open", "closed"]
Wanted = Literal["optional", "required"]


@dataclass(frozen=True, slots=True)
class AccountTerms:
    """`mail` is whether letters can be sent; without, links are for the command line to print. `require_verified`:
    nobody signs in before their address is proven."""

    signup: SignUp
    mail: bool
    addresses: Addresses
    sealer: Sealer
    entropy: Entropy
    second_factor: Wanted = "optional"
    require_verified: bool = True

    @property
    def open(self) -> bool:
        """Whether anybody may sign up, which takes a link in a mail."""
        return self.signup == "open" and self.mail

    def url(self, page: str, secret: Secret) -> str:
        """The link to a page that acts for whoever holds it."""
        return f"{self.addresses.endpoint(page)}?token={secret.reveal()}"
