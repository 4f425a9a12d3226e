"""What every exchange needs besides the store: lifetimes, randomness, the operator's seal."""

from dataclasses import dataclass
from typing import Literal

from consentry.limits.policy import Pace
from consentry.sealing import Sealer
from consentry.tokens import Entropy


@dataclass(frozen=True, slots=True)
class Terms:
    """Lifetimes in seconds. `refresh_token_ttl` is absolute: it runs from the approval, whatever is refreshed since.

    `pace` is how often one grant may rotate; None is as often as it likes. `confidential_refresh` is how clients that
    prove who they are refresh; with `revocation_cascade` a refresh token that is given back takes its grant with it.
    """

    access_token_ttl: int
    refresh_token_ttl: int
    refresh_token_idle_ttl: int
    code_ttl: int
    refresh_grace: int
    sealer: Sealer
    entropy: Entropy
    pushed_request_ttl: int = 90
    require_pushed_requests: bool = False
    pace: Pace | None = None
    device_authorization: bool = True
    device_code_ttl: int = 600
    confidential_refresh: Literal["rotate", "reuse"] = "rotate"
    revocation_cascade: bool = True
    client_credentials: bool = True
