"""How a person was authenticated: `amr` (RFC 8176 §2), and the one `acr` that follows from it."""

ONE_FACTOR = "pwd"
BY_CODE = "pwd otp mfa"
BY_RECOVERY_CODE = "pwd mfa"  # written down, and good once: none of the values that RFC 8176 has for such
# The one name for a second factor, whatever it is, that providers and clients have shared since OpenID 2 (PAPE §4).
MULTI_FACTOR = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
VALUES = (MULTI_FACTOR,)

Told = dict[str, str | int | list[str]]


def claims(auth_time: int | None, amr: str | None) -> Told:
    """The members of a token that say it: OpenID Connect Core §2, RFC 9068 §2.2.1. What is not known is left out."""
    told: Told = {} if auth_time is None else {"auth_time": auth_time}
    if amr is not None:
        told["amr"] = amr.split()
        if "mfa" in amr.split():
            told["acr"] = MULTI_FACTOR
    return told
