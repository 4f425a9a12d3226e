"""Each parameter of each endpoint, each member of a registration, each header: with each text that is known to hurt."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.security import asking, ground, judging, texts
from tests.security.asking import PROGRAM, Ask, Pairs
from tests.security.running import Run, installed, told
from tests.web.world import World

ANEW_EVERY = 150
Texts = tuple[str, ...]
OTHERS = tuple(text for text in texts.HOSTILE if text not in texts.TELLING)
ALL = [pytest.param(texts.TELLING, id="telling"), pytest.param(OTHERS, id="others", marks=pytest.mark.slow)]
UNSPEAKABLE = (*texts.UNSPEAKABLE, *([one] for one in texts.UNSPEAKABLE))
VALUES = [pytest.param((*texts.TELLING, *UNSPEAKABLE), id="telling"), ALL[1]]
BROWSER: Pairs = (("host", "⟦host⟧"), ("cookie", "__Host-consentry=⟦session⟧"), ("accept", "text/html"))
# Pages are asked for by a browser that is signed in; to the others a cookie means nothing.
PAGES = frozenset({"authorize", "consent", "login", "logout", "disconnect", "device"})
BESIDE = ("next", "request_uri", "request", "response_mode", "access_token", "ended")


def of_parameters(hostile: Texts) -> Iterator[Ask]:
    for name, forms in asking.BY_PATH.items():
        path = "/account/disconnect" if name == "disconnect" else f"/{name}"
        for form in forms:
            for parameter in (*dict(form), *BESIDE):
                for text in hostile:
                    bent = (*((key, value) for key, value in form if key != parameter), (parameter, text))
                    yield _asked(path, bent, name in PAGES)


def _asked(path: str, form: Pairs, by_browser: bool) -> Ask:
    headers = BROWSER if by_browser else PROGRAM
    if path == "/authorize":
        return Ask("GET", path, form, headers)
    return Ask("POST", path, (), (*headers, ("content-type", asking.FORM)), form)


def of_metadata(hostile: tuple[object, ...]) -> Iterator[Ask]:
    whole = asking.GOOD_METADATA
    headers = (*PROGRAM, ("content-type", asking.JSON))
    for proof in ({}, *asking.PROVING):
        for member in (*whole, *proof):
            for value in hostile:
                yield Ask("POST", "/register", (), headers, asking.raw_json(whole | proof | {member: value}))
    signing = asking.PROVING[1]
    for member in asking.KEY:
        for value in hostile:
            keys = {"keys": [asking.KEY | {member: value}, asking.KEY]}
            yield Ask("POST", "/register", (), headers, asking.raw_json(whole | signing | {"jwks": keys}))


def of_headers(paths: tuple[str, ...]) -> Iterator[Ask]:
    for path in paths:
        named = (
            path.replace("{client_id}", "⟦other_client⟧")
            .replace("{slug}", "reminders")
            .replace("{", "")
            .replace("}", "")
        )
        for name, values in asking.HEADERS.items():
            for value in values:
                yield Ask("GET", named, (), (*dict((*BROWSER, (name, value))).items(),))


def of_paths(paths: tuple[str, ...], hostile: Texts) -> Iterator[Ask]:
    for path in paths:
        for text in hostile:
            if "{" in path:
                yield Ask("GET", path.partition("{")[0] + text, (), BROWSER)


def go_through(run: Run[Any], here: World, asks: Iterator[Ask]) -> Counter[str]:
    seen: Counter[str] = Counter()
    supplies: dict[str, str] = {}
    own = ground.origins_of(here)
    run(ground.prepare(here))
    for one in asks:
        if seen.total() % ANEW_EVERY == 0:
            here.clock.now += 1000
            supplies.update(run(ground.supply(here)))
        elif one.path in {"/logout", "/login"} and seen.total() % 4 == 0:
            here.clock.now += 1000
            supplies.update(run(ground.supply_session(here, supplies["client"])))
        answer = run(ground.send(here, one, supplies))
        seen[f"{answer.status}"] += 1
        fault = judging.fault(one, answer, supplies, own)
        assert fault is None, f"{fault}\n{one}\n{answer}"
    return seen


@pytest.mark.parametrize("hostile", ALL)
def test_no_parameter_with_any_hostile_text(hostile: Texts, record_property: Callable[[str, object], None]) -> None:
    with installed() as (run, here):
        seen = go_through(run, here, of_parameters(hostile))
    record_property("counts", f"each parameter with each hostile text: {told(seen)}")
    assert all(seen[status] for status in ("200", "201", "303", "400", "401"))


@pytest.mark.parametrize("hostile", VALUES)
def test_no_member_of_a_registration_with_any_hostile_value(
    hostile: tuple[object, ...], record_property: Callable[[str, object], None]
) -> None:
    with installed() as (run, here):
        seen = go_through(run, here, of_metadata(hostile))
    record_property("counts", f"each member of a registration with each hostile value: {told(seen)}")
    assert all(seen[status] for status in ("201", "400"))


def test_no_header_at_any_address_with_any_hostile_value(record_property: Callable[[str, object], None]) -> None:
    with installed() as (run, here):
        seen = go_through(run, here, of_headers(ground.paths_of(here)))
    record_property("counts", f"each header at each address: {told(seen)}")
    assert all(seen[status] for status in ("200", "303", "401", "404", "405"))


@pytest.mark.parametrize("hostile", ALL)
def test_no_address_that_ends_in_any_hostile_text(
    hostile: Texts, record_property: Callable[[str, object], None]
) -> None:
    with installed() as (run, here):
        seen = go_through(run, here, of_paths(ground.paths_of(here), hostile))
    record_property("counts", f"each address that goes on as its caller likes: {told(seen)}")
    assert seen["404"]
