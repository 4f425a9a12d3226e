"""The refusal as a value: what the client reads, and what the audit log knows."""

from dataclasses import dataclass
from typing import Literal

ErrorCode = Literal[
    "invalid_request",  # RFC 6749 §4.1.2.1, §5.2
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "unsupported_token_type",  # RFC 7009 §2.2.1
    "access_denied",
    "server_error",
    "temporarily_unavailable",
    "invalid_target",  # RFC 8707 §2
    "invalid_redirect_uri",  # RFC 7591 §3.2.2
    "invalid_client_metadata",
    "invalid_token",  # RFC 6750 §3.1
    "login_required",  # OpenID Connect Core §3.1.2.6
    "consent_required",
    "interaction_required",
    "request_not_supported",
    "request_uri_not_supported",
    "authorization_pending",  # RFC 8628 §3.5
    "slow_down",
    "expired_token",
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that is turned down.

    `error` is the standard's code, `description` what the client may read (several causes may share one text),
    `reason` the whole truth, for the audit log alone. `retry_after` are the seconds after which the same request may
    do better.
    """

    error: ErrorCode
    description: str
    reason: str = ""
    retry_after: int | None = None


def error_uri(page: str | None, entry: str) -> dict[str, str]:
    """The member `error_uri` (RFC 6749 §5.2, RFC 6750 §3), where the operator publishes a page with such entries."""
    return {"error_uri": f"{page}#{entry}"} if page else {}


AWAY_SECONDS = 5


class AwayError(Exception):
    """What keeps things cannot be used just now. The sentence is the operator's; a client is told to come back after
    `AWAY_SECONDS` (RFC 9110 §15.6.4)."""
