"""Every parser that a stranger's text reaches: it reads or refuses, in bounds, and never raises."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from consentry.clients import assertion, authenticate, cimd, fingerprint, register
from consentry.clients.authenticate import Credentials
from consentry.clients.model import Client
from consentry.clients.policy import RegistrationPolicy
from consentry.clients.register import Registered
from consentry.formats import recognise
from consentry.gateway.bearer import parse_bearer
from consentry.gateway.origin import origins_allowed
from consentry.gateway.route import find_slug
from consentry.gateway.upstream import destination_of
from consentry.grants import authentication, authorize, pushed
from consentry.grants.authorize import AuthorizationRequest, Caller, Redirect, Stop
from consentry.spec import cors, images, jose, networks, params, pkce, retrieval, scopes, special_use, uris, user_code
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.tokens import Kind, key_prefix_fault
from consentry.tokens import recognise as recognise_secret
from tests.builders import NOW, RESOURCE, client, counted, deployment
from tests.security import asking, texts

POLICY = RegistrationPolicy(frozenset({"cursor"}), kind="allowlist", trusted_domains=frozenset({"client.example"}))
SURROGATES = "\ud800\udfff"
STEADY = settings(max_examples=300, deadline=None, derandomize=True, database=None)
anything = st.one_of(texts.text, st.text(), st.text(st.characters(max_codepoint=255)), st.just(SURROGATES))
# What a text may be read as; of each only that it does not raise, and never more than it says.
READERS: dict[str, Callable[[str], object]] = {
    "params": params.parse,
    "scope": scopes.parse,
    "uri": uris.split,
    "resource": uris.canonical,
    "loopback": uris.without_loopback_port,
    "redirect_uri": lambda text: uris.redirect_uri_fault(text, None, frozenset({"cursor"})),
    "redirect_uri of a policy": POLICY.trusts,
    "one redirect_uri and another": lambda text: uris.redirect_matches("http://127.0.0.1/cb", text),
    "client_id of a document": lambda text: cimd.url_fault(text, loopback=True),
    "metadata document": lambda text: cimd.read("https://client.example/d", text, POLICY, NOW),
    "host of a document": lambda text: cimd.host(text) if uris.split(text) else None,
    "jws": jose.parse,
    "assertion": lambda text: assertion.read(assertion.TYPE, text),
    "verifier": lambda text: pkce.proves(text, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    "challenge": pkce.is_challenge,
    "user code": user_code.parse,
    "bearer": lambda text: parse_bearer([text], text.encode("utf-8", "surrogatepass")),
    "access token": recognise,
    "every secret": lambda text: [recognise_secret(text, kind) for kind in Kind],
    "key prefix": key_prefix_fault,
    "origin": lambda text: origins_allowed([text]),
    "slug": lambda text: find_slug(text, "/mcp/"),
    "query": lambda text: destination_of("https://h/mcp?a=b").with_query(text.encode("utf-8", "surrogatepass")),
    "preflight": lambda text: cors.preflight(text, ["POST"]),
    "address": networks.neighbourhood,
    "special address": special_use.is_special_use,
    "image": lambda text: images.read(text.encode("utf-8", "surrogatepass")),
    "cache headers": lambda text: retrieval.lifetime(
        dict.fromkeys(("cache-control", "expires", "date", "age"), text), least=1, most=9, otherwise=5
    ),
}


@pytest.mark.parametrize("name", READERS)
@STEADY
@given(anything)
@example("http://[")
@example("https://[::1%eth0]/\0")
@example("a=b&" * 100)
@example("max-age=" + "9" * 5000)
@example("[" * 9000)
def test_whatever_a_stranger_writes_is_read_or_refused(name: str, text: str) -> None:
    READERS[name](text)


@STEADY
@given(st.one_of(st.none(), anything, anything.map("Basic {}".format), st.binary().map(asking.basic)), st.data())
def test_credentials_are_read_or_refused_and_never_two_ways_at_once(
    authorization: str | None, data: st.DataObject
) -> None:
    pairs = data.draw(asking.bent((*asking.TOKEN, *asking.ASSERTED)))
    form = params.of_pairs([*pairs])
    if isinstance(form, Refusal):
        return
    outcome = authenticate.read(authorization, form)
    if isinstance(outcome, Credentials):
        basic = authorization is not None and authorization.lower().startswith("basic ")
        shown = [basic, form.get("client_secret"), form.get("client_assertion")]
        assert sum(map(bool, shown)) <= 1
        assert outcome.client_ids
        assert not any("\0" in one for one in outcome.client_ids)
        authenticate.check(outcome, client(), NOW)


@STEADY
@given(asking.metadata())
def test_registered_metadata_can_be_kept_and_given_back(metadata: dict[str, Any]) -> None:
    made = register.make(metadata, RegistrationPolicy(frozenset({"cursor"})), counted(), NOW)
    if isinstance(made, Registered):
        kept = made.client
        whole = repr((kept.name, kept.redirect_uris, kept.scope, kept.metadata, kept.jwks, kept.jwks_uri))
        assert "\\x00" not in whole
        assert "\\ud8" not in whole
        assert "\\udf" not in whole
        assert all(uris.redirect_uri_fault(uri, None, frozenset({"cursor"})) is None for uri in kept.redirect_uris)
        assert fingerprint.canonical(kept)


@STEADY
@given(asking.bent(asking.AUTHORIZATION))
def test_an_authorization_request_is_put_to_a_person_told_to_its_own_client_or_stopped(pairs: asking.Pairs) -> None:
    form = params.of_pairs([*pairs])
    if isinstance(form, Refusal):
        return
    known = client("⟦client⟧", redirect_uris=("⟦redirect⟧",))
    caller = authorize.identify(form, known if form.get("client_id") == known.id else None)
    if isinstance(caller, Stop):
        return
    assert isinstance(caller, Caller)
    assert caller.redirect_uri in known.redirect_uris
    outcome = authorize.decide(form, caller, deployment(), RESOURCE)
    if isinstance(outcome, Redirect):
        assert outcome.caller is caller
    else:
        assert isinstance(outcome, AuthorizationRequest)
        assert pkce.is_challenge(outcome.code_challenge)
        assert form.get("code_challenge_method") == "S256"
        assert outcome.permissions.scope <= deployment().scope | scopes.BESIDE
    authentication.parse(form)


@STEADY
@given(asking.bent(asking.AUTHORIZATION))
def test_a_pushed_request_keeps_no_credentials_and_is_its_clients(pairs: asking.Pairs) -> None:
    form = params.of_pairs([*pairs])
    if isinstance(form, Refusal):
        return
    kept = pushed.request_of(form, "client_1")
    if isinstance(kept, Params):
        assert kept.get("client_id") == "client_1"
        assert not kept.values.keys() & {"client_secret", "client_assertion", "request_uri"}
    pushed.name_of(form)


@STEADY
@given(st.one_of(st.binary(), texts.json.map(asking.raw_json), asking.metadata().map(asking.raw_json)))
def test_a_body_of_json_is_read_to_texts_or_refused(body: bytes) -> None:
    outcome = params.parse_json(body)
    if isinstance(outcome, Params):
        for value in (*outcome.values.values(), *outcome.resource):
            assert value.encode()
            assert "\0" not in value


@STEADY
@given(st.dictionaries(st.sampled_from(("client_id", *asking.METADATA)), texts.json, max_size=6))
def test_a_metadata_document_becomes_its_own_client_or_a_refusal(document: dict[str, Any]) -> None:
    whole = {"redirect_uris": ["https://client.example/cb"], **document, "client_id": "https://client.example/d"}
    outcome = cimd.read("https://client.example/d", asking.raw_json(whole).decode(), POLICY, NOW)
    if isinstance(outcome, Client):
        assert outcome.id == "https://client.example/d"
        assert outcome.redirect_uris
        assert all(POLICY.trusts(uri) for uri in outcome.redirect_uris)
        assert fingerprint.canonical(outcome)
