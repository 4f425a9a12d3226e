from dataclasses import replace

import pytest

from consentry.clients.model import Client
from consentry.deployments.model import Deployment
from consentry.grants import authorize
from consentry.grants.authentication import LONGEST_NONCE, AuthenticationRequest
from consentry.grants.authorize import LONGEST_STATE, AuthorizationRequest, Caller, Redirect, Stop
from consentry.spec.params import Params
from consentry.store.sql import Transaction
from tests.bench import Bench
from tests.builders import (
    CHALLENGE,
    NETWORK,
    NOW,
    REDIRECT_URI,
    RESOURCE,
    authorization_request,
    client,
    deployment,
    params,
)

GOOD: dict[str, str | None] = {
    "response_type": "code",
    "client_id": "client_1",
    "redirect_uri": REDIRECT_URI,
    "state": "a state",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "scope": "mcp offline_access",
}
HERE = deployment()


def decided(found: Client, place: Deployment | None, **changes: str | None) -> AuthorizationRequest | Redirect:
    asked = params(**(GOOD | changes))
    caller = authorize.identify(asked, found)
    assert isinstance(caller, Caller)
    return authorize.decide(asked, caller, place, RESOURCE)


def refused(**changes: str | None) -> str:
    outcome = decided(client(), HERE, **changes)
    assert isinstance(outcome, Redirect)
    assert outcome.caller.redirect_uri == REDIRECT_URI
    assert outcome.caller.state == (GOOD | changes)["state"]
    return outcome.refusal.error


def accepted(**changes: str | None) -> AuthorizationRequest:
    outcome = decided(client(), HERE, **changes)
    assert isinstance(outcome, AuthorizationRequest), outcome
    return outcome


def stopped(found: Client | None, **changes: str | None) -> str:
    outcome = authorize.identify(params(**(GOOD | changes)), found)
    assert isinstance(outcome, Stop)
    return outcome.refusal.reason


@pytest.mark.proves("C3")
def test_a_request_without_a_known_client_and_its_own_redirect_uri_is_stopped_here() -> None:
    two = client(redirect_uris=(REDIRECT_URI, "https://client.example/other"))
    none = client(redirect_uris=())
    assert stopped(client(), client_id=None) == "client_id:absent"
    assert stopped(None) == "client_id:unknown"
    assert stopped(client(), redirect_uri="https://evil.example/") == "redirect_uri:unknown"
    assert stopped(client(), redirect_uri=f"{REDIRECT_URI}/") == "redirect_uri:unknown"
    assert stopped(none) == "redirect_uri:unknown"
    assert stopped(two, redirect_uri=None) == "redirect_uri:absent"
    assert stopped(none, redirect_uri=None) == "redirect_uri:absent"


def test_a_redirect_uri_that_is_the_only_one_need_not_be_sent() -> None:
    outcome = authorize.identify(params(**(GOOD | {"redirect_uri": None})), client())
    assert outcome == Caller(client(), REDIRECT_URI, "a state")


@pytest.mark.proves("C2")
def test_the_answer_goes_to_the_port_that_was_asked_for() -> None:
    one = client(redirect_uris=("http://127.0.0.1/cb",))
    outcome = authorize.identify(params(**(GOOD | {"redirect_uri": "http://127.0.0.1:4711/cb"})), one)
    assert isinstance(outcome, Caller)
    assert outcome.redirect_uri == "http://127.0.0.1:4711/cb"


def test_a_good_request_is_put_to_a_person_with_all_that_it_is_bound_to() -> None:
    request = accepted()
    assert request.deployment == HERE
    assert request.permissions.deployment_id == HERE.id
    assert request.permissions.resource == RESOURCE
    assert request.permissions.scope == {"mcp", "offline_access"}
    assert request.code_challenge == CHALLENGE
    assert request.authentication == AuthenticationRequest()


@pytest.mark.proves("C1")
@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": "c" * 42},
        {"code_challenge": "c" * 42 + "="},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
    ],
)
def test_s256_is_demanded(changes: dict[str, str | None]) -> None:
    assert refused(**changes) == "invalid_request"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://client.example/r"}, "request_uri_not_supported"),
        ({"scope": 'mcp "x"'}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "9" * 13}, "invalid_request"),
        ({"nonce": "n" * (LONGEST_NONCE + 1)}, "invalid_request"),
        ({"state": "s" * (LONGEST_STATE + 1)}, "invalid_request"),
    ],
)
def test_other_faults_are_told_to_the_client(changes: dict[str, str | None], error: str) -> None:
    assert refused(**changes) == error


@pytest.mark.parametrize(
    "changes",
    [
        {"state": None},
        {"state": "s" * LONGEST_STATE},
        {"response_mode": "query"},
        {"prompt": "consent login"},
        {"prompt": "none"},
        {"nonce": "n", "login_hint": "ada", "ui_locales": "de", "claims": "{}", "max_age": "0", "unknown": "1"},
    ],
)
def test_what_is_allowed_or_unknown_is_no_fault(changes: dict[str, str | None]) -> None:
    assert accepted(**changes).caller.state == (GOOD | changes)["state"]


@pytest.mark.proves("C7")
def test_a_resource_that_is_none_of_ours_is_an_invalid_target() -> None:
    outcome = decided(client(), None)
    assert isinstance(outcome, Redirect)
    assert outcome.refusal.error == "invalid_target"


def test_a_client_that_was_made_for_one_deployment_gets_no_other() -> None:
    assert isinstance(decided(client(deployment_id=HERE.id), HERE), AuthorizationRequest)
    outcome = decided(client(deployment_id="deployment_2"), HERE)
    assert isinstance(outcome, Redirect)
    assert outcome.refusal.error == "invalid_target"
    assert "made for another MCP server" in outcome.refusal.description


@pytest.mark.proves("C21")
@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, {"mcp"}),
        ("mcp", {"mcp"}),
        ("mcp admin", {"mcp"}),
        ("mcp email profile", {"mcp"}),
        ("admin email", {"mcp"}),
        ("mcp openid email", {"mcp", "openid", "email"}),
        ("offline_access", {"mcp", "offline_access"}),
    ],
)
def test_a_scope_that_is_not_offered_is_left_out(asked: str | None, granted: set[str]) -> None:
    assert accepted(scope=asked).permissions.scope == granted


def test_who_only_wants_to_know_the_person_gets_no_more_unless_a_resource_is_named() -> None:
    """ADR 17: a token for a resource without any of its scopes would be worth nothing there."""
    identity = {"openid", "email"}
    assert accepted(scope="openid email").permissions.scope == identity
    named = Params({k: v for k, v in (GOOD | {"scope": "openid email"}).items() if v}, (RESOURCE,))
    outcome = authorize.decide(named, Caller(client(), REDIRECT_URI, None), HERE, RESOURCE)
    assert isinstance(outcome, AuthorizationRequest)
    assert outcome.permissions.scope == identity | {"mcp"}


@pytest.mark.anyio
@pytest.mark.proves("C8")
async def test_approving_makes_a_code_that_is_bound_to_all_it_was_given_for(bench: Bench) -> None:
    code = await bench.approve()

    async def find(tx: Transaction) -> object:
        return await tx.find_code(code.digest())

    held = await bench.store.read(find)
    wanted = authorization_request()
    assert held == replace(
        held,  # type: ignore[type-var]
        client_id="client_1",
        account_id="account_1",
        permissions=wanted.permissions,
        redirect_uri=REDIRECT_URI,
        code_challenge=CHALLENGE,
        expires_at=NOW + 600,
        network=NETWORK,
        spent_at=None,
        grant_id=None,
    )
    assert await bench.events("grant:consent:approved") == [""]


@pytest.mark.anyio
async def test_denying_makes_nothing_but_an_event(bench: Bench) -> None:
    wanted = authorization_request()

    async def work(tx: Transaction) -> Redirect:
        return await authorize.deny(tx, wanted, "account_1", NETWORK, NOW)

    outcome = await bench.store.write(work)
    assert outcome.caller == wanted.caller
    assert outcome.refusal.error == "access_denied"
    assert await bench.rows("codes", "grants") == {"codes": [], "grants": []}
    assert await bench.events("grant:consent:denied") == [""]
