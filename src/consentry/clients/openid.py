"""What a client may register of OpenID Connect: Registration §2. What is not offered is refused, not forgotten."""

from collections.abc import Mapping

from consentry.clients.model import Json

# Given back as they came.
ECHOED = ("id_token_signed_response_alg", "subject_type")
# An ID token sent in the clear, or UserInfo without a signature, would break what its client relies on.
_NOT_OFFERED = (
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
)


def fault(metadata: Mapping[str, Json], algorithm: str) -> str | None:
    """Why these cannot be had, in words. `algorithm` is what ID tokens are signed with."""
    if metadata.get("id_token_signed_response_alg") not in {None, "", algorithm}:
        return f"id_token_signed_response_alg must be {algorithm}, or left out."
    if metadata.get("subject_type") not in {None, "", "public"}:
        return "subject_type must be public, or left out."
    for name in _NOT_OFFERED:
        if metadata.get(name):
            return f"{name} is not offered: leave it out."
    return None
