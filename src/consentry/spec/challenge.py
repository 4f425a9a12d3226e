"""WWW-Authenticate: the Bearer challenge (RFC 6750 §3, RFC 9728 §5.1)."""

from dataclasses import dataclass
from typing import Literal

from consentry.spec.errors import error_uri

ChallengeError = Literal["invalid_request", "invalid_token", "insufficient_scope"]

STATUS: dict[ChallengeError | None, int] = {
    None: 401,  # RFC 6750 §3.1: no error code where no authentication was tried
    "invalid_request": 400,
    "invalid_token": 401,
    "insufficient_scope": 403,
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """Why a resource is not served, and where a client finds the way in.

    `resource_metadata` is an absolute URL (RFC 9728 §5.1), or None for what is ours and no protected resource of
    anybody's; `scope` the scopes an authorization needs.
    """

    resource_metadata: str | None
    scope: frozenset[str]
    error: ChallengeError | None = None
    description: str = ""

    @property
    def status(self) -> int:
        return STATUS[self.error]

    def render(self, page: str | None = None) -> str:
        """One line that starts with `Bearer`: clients take the first match of each name.

        `page` is where the operator explains errors. It comes last: what it holds is taken for nothing else.
        """
        parts = []
        if self.error:
            parts.append(f'error="{self.error}"')
            if self.description:
                parts.append(f'error_description="{_quotable(self.description)}"')
        if self.resource_metadata is not None:
            parts.append(f'resource_metadata="{self.resource_metadata}"')
        if self.scope:
            parts.append(f'scope="{" ".join(sorted(self.scope))}"')
        if self.error:
            parts.extend(f'{name}="{uri}"' for name, uri in error_uri(page, self.error).items())
        return "Bearer " + ", ".join(parts)


def _quotable(text: str) -> str:
    """RFC 6750 §3: printable ASCII without `"` and `\\`."""
    return "".join(c for c in text if " " <= c <= "~" and c not in '"\\')
