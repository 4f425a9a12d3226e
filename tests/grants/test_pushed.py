"""What is pushed and what comes back of it: RFC 9126."""

from dataclasses import replace
from functools import partial
from random import Random
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.grants import pushed
from consentry.grants.pushed import PREFIX, Waiting
from consentry.sealing import Sealer
from consentry.spec import params as parameters
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.store.sql import Transaction
from consentry.tokens import Kind, Secret, mint
from tests.bench import Bench
from tests.builders import NOW, OPERATOR_KEY, counted, params, terms

NAMES = st.sampled_from(["state", "scope", "client_id", "client_secret", "client_assertion", "nonce", "x"]) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1
).filter(lambda name: name not in {"resource", "request_uri"})
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


@given(st.dictionaries(NAMES, TEXTS, max_size=12), st.lists(TEXTS, max_size=3))
def test_what_is_pushed_is_kept_as_it_came_but_for_what_proves_the_client(
    values: dict[str, str], resource: list[str]
) -> None:
    kept = pushed.request_of(Params(MappingProxyType(values), tuple(resource)), "client_1")
    assert isinstance(kept, Params)
    assert not kept.values.keys() & {"client_secret", "client_assertion", "client_assertion_type"}
    assert kept.get("client_id") == "client_1"
    assert all(kept.get(name) in {value, None, "client_1"} for name, value in values.items())
    assert parameters.parse(parameters.render(kept)) == kept


@given(st.text() | st.text().map(PREFIX.__add__) | st.from_regex(rf"{PREFIX}cy_pr_[0-9A-Za-z]{{49}}", fullmatch=True))
def test_a_request_uri_that_was_made_up_is_none_or_refused(text: str) -> None:
    name = pushed.name_of(Params(MappingProxyType({"request_uri": text})))
    assert name is None or isinstance(name, Refusal | Secret)
    assert (name is None) == (not text.startswith(PREFIX))


@given(st.randoms(use_true_random=True))
def test_a_request_uri_of_ours_is_recognised(random: Random) -> None:
    made = mint(Kind.PUSHED_REQUEST, random.randbytes)
    assert pushed.name_of(params(request_uri=f"{PREFIX}{made.reveal()}")) == made


def test_a_request_uri_must_not_be_pushed() -> None:
    assert isinstance(pushed.request_of(params(request_uri="x"), "client_1"), Refusal)


@pytest.mark.anyio
async def test_a_pushed_request_outlives_the_exchange_of_the_operators_key(bench: Bench) -> None:
    other = b"another operator's key, 32 or so"
    asked = params(client_id="client_1", state="st")

    async def push(tx: Transaction) -> Secret:
        return await pushed.push(tx, asked, "client_1", bench.terms, NOW)

    name = await bench.store.write(push)
    for keys, found in (((other, OPERATOR_KEY), True), ((other,), False)):
        now_under = replace(terms(), sealer=Sealer(keys, counted()))
        find = partial(pushed.find, name=name, client_id="client_1", terms=now_under, now=NOW)
        waiting = await bench.store.write(find)
        assert isinstance(waiting, Waiting) == found
        assert not found or (isinstance(waiting, Waiting) and waiting.params == asked)
