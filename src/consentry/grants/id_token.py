"""The ID token: OpenID Connect Core §2, at the code's exchange (§3.1.3.3) and at refresh (§12.2)."""

from consentry.grants.exchange import Issued
from consentry.spec import acr, scopes

TYP = "JWT"  # an access token is at+jwt, so that neither passes for the other (RFC 9068 §4)
# API keys may live for years, and without end; an ID token is for now, and outlives no key's publication.
MOST_SECONDS = 3600
# `iss` and `at_hash` are added where it is signed.
CLAIMS = ("iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "acr", "nonce", "at_hash")

Claims = dict[str, str | int | list[str]]


def claims(issued: Issued, now: int) -> Claims | None:
    """What to sign beside an access token whose scope has `openid`; None where it has not.

    It names the person and no more: what else the scopes allow is read at /userinfo, while the grant stands.
    """
    if scopes.OPENID not in issued.scope:
        return None
    grant = issued.grant
    found: Claims = {
        "sub": grant.account_id,
        "aud": grant.client_id,
        "iat": now,
        "exp": now + min(issued.expires_in or MOST_SECONDS, MOST_SECONDS),
    }
    # §12.2: at refresh too they tell of the original sign-in.
    found |= acr.claims(grant.auth_time, grant.amr)
    # §12.2: a refreshed one should have no nonce, and has none: it is known to the code alone.
    if issued.nonce is not None:
        found["nonce"] = issued.nonce
    return found
