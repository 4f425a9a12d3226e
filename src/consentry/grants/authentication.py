"""How a request wants its person signed in, and what its ID token echoes: OpenID Connect Core §3.1.2.1."""

from dataclasses import dataclass

from consentry.accounts.model import SignedIn
from consentry.spec import acr
from consentry.spec.errors import Refusal
from consentry.spec.params import Params

LONGEST_NONCE = 1024
_LONGEST_MAX_AGE = 12  # digits: thirty thousand years
PROMPTS = ("none", "login", "consent", "select_account")
_AFRESH = frozenset({"login", "select_account"})


@dataclass(frozen=True, slots=True)
class AuthenticationRequest:
    """What a request asks beyond OAuth. `max_age` in seconds; `id_token_hint` as it came, not looked at yet."""

    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    nonce: str | None = None
    id_token_hint: str | None = None
    acr_values: frozenset[str] = frozenset()

    @property
    def silent(self) -> bool:
        """No page may be shown."""
        return "none" in self.prompt

    @property
    def insists(self) -> bool:
        """A session that is there may not be enough."""
        more = self.max_age is not None or self.id_token_hint is not None or acr.MULTI_FACTOR in self.acr_values
        return bool(self.prompt & _AFRESH) or more


@dataclass(frozen=True, slots=True)
class Authentication:
    """Who is signed in, since when, how, and in which browser, by its name in words.

    `could`: they have a second factor, whether it was asked for or not.
    """

    account_id: str
    auth_time: int
    amr: str | None = None
    could: bool = False
    browser: str | None = None

    @property
    def with_all(self) -> bool:
        """Whether there is nothing more that they could show."""
        return not self.could or "acr" in acr.claims(self.auth_time, self.amr)


def of(signed_in: SignedIn) -> Authentication:
    """What a browser's session says."""
    account, session = signed_in.account, signed_in.session
    could = account.second_factor_at is not None
    return Authentication(account.id, session.created_at, session.amr, could, session.browser)


def parse(params: Params) -> AuthenticationRequest | Refusal:
    """What the parameters say. What only helps (`display`, `ui_locales`, `claims`) is not looked at."""
    prompt = frozenset((params.get("prompt") or "").split())
    if "none" in prompt and len(prompt) > 1:
        return Refusal("invalid_request", "prompt=none goes with no other prompt.", "prompt")
    max_age = params.get("max_age")
    # To ignore it would be to promise a sign-in that never took place.
    if max_age is not None and not (max_age.isascii() and max_age.isdecimal() and len(max_age) <= _LONGEST_MAX_AGE):
        return Refusal("invalid_request", "max_age must be a number of seconds.", "max_age")
    nonce = params.get("nonce")
    if nonce is not None and len(nonce) > LONGEST_NONCE:
        return Refusal("invalid_request", f"nonce is longer than {LONGEST_NONCE} characters.", "nonce:long")
    values = frozenset((params.get("acr_values") or "").split())
    seconds = None if max_age is None else int(max_age)
    return AuthenticationRequest(prompt, seconds, nonce, params.get("id_token_hint"), values)


def check(
    request: AuthenticationRequest, held: Authentication | None, *, answers: bool, hinted: str | None, now: int
) -> Refusal | None:
    """Why the person has to sign in (again), or None. The refusal is what a silent request is told.

    `answers`: the sign-in took place because this very request asked for it, and after it did.
    `hinted`: the account that a valid id_token_hint names.
    """
    if held is None:
        return _login("The person is not signed in.", "session:absent")
    # §3.1.2.2: no token for another person than the hinted one.
    if hinted is not None and hinted != held.account_id:
        return _login("Another person is signed in than the one of the id_token_hint.", "session:other")
    if answers:
        return None
    if request.prompt & _AFRESH:
        return _login("The person has to sign in again.", "session:prompt")
    if request.max_age is not None and now - held.auth_time > request.max_age:
        return _login("The person signed in too long ago.", "session:max_age")
    # §3.1.2.1: wished for, not demanded. Who has a second factor shows it; who has none goes on without.
    if acr.MULTI_FACTOR in request.acr_values and not held.with_all:
        return _login("The person signed in without their second factor.", "session:acr")
    return None


def _login(description: str, reason: str) -> Refusal:
    return Refusal("login_required", description, reason)
