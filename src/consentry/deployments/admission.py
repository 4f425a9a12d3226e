"""An access policy, and who comes to it. Pure: asked at consent, and again at every call."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, assert_never

AccessPolicy = Literal["owner", "invited", "domain", "verified"]
ACCESS_POLICIES: tuple[AccessPolicy, ...] = ("owner", "invited", "domain", "verified")

LONGEST_DOMAIN = 253
_DOMAIN = re.compile(r"[^\s@<>\"\x00-\x1f\x7f.]+(?:\.[^\s@<>\"\x00-\x1f\x7f.]+)+")


@dataclass(frozen=True, slots=True)
class Person:
    """Who wants in. `email_key` is the address as it is compared; `invited` counts for one deployment."""

    account_id: str
    email: str
    email_key: str
    verified: bool
    invited: bool = False


@dataclass(frozen=True, slots=True)
class Admission:
    """Whom a deployment lets in besides its owner."""

    policy: AccessPolicy
    owner_id: str
    domain: str | None = None

    def admits(self, person: Person) -> bool:
        if person.account_id == self.owner_id:
            return True
        if not person.verified:  # an address that nobody has proven is anybody's: invitations and domains count for it
            return False
        match self.policy:
            case "owner":
                return False
            case "invited":
                return person.invited
            case "domain":
                # The whole of it: example.com.evil.test ends otherwise, and so does evil-example.com.
                return person.email_key.rpartition("@")[2] == self.domain
            case "verified":
                return True
            case _ as never:
                assert_never(never)


def domain_key(text: str) -> str:
    """How the domain of an address is compared, in the manner of the address itself."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().removeprefix("@").casefold())


def domain_fault(domain: str) -> str | None:
    """What is wrong with the domain of an address, in words."""
    if len(domain) <= LONGEST_DOMAIN and _DOMAIN.fullmatch(domain):
        return None
    return "That is no domain of email addresses: write it as example.com."
