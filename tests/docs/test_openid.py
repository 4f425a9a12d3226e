"""The page on OpenID Connect says what is offered, all of it."""

from pathlib import Path

from consentry.grants import id_token, userinfo
from consentry.grants.authentication import PROMPTS
from consentry.spec import scopes

PAGE = (Path(__file__).parents[2] / "docs/openid.md").read_text()


def test_every_scope_claim_and_prompt_is_explained() -> None:
    names = {*scopes.BESIDE, *id_token.CLAIMS, *userinfo.CLAIMS, *(f"prompt={prompt}" for prompt in PROMPTS)}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()
