"""What all counters have to do."""

import asyncio

import pytest

from consentry.limits.model import Window
from tests.builders import NOW, digest_of
from tests.limits.conftest import Place

pytestmark = pytest.mark.anyio

KEY = digest_of("somebody")


async def test_a_window_begins_with_the_first_and_ends_when_it_said(place: Place) -> None:
    count = place.counters.count
    assert await count(KEY, 60, NOW) == Window(1, NOW + 60)
    assert await count(KEY, 60, NOW + 59) == Window(2, NOW + 60)
    assert await count(KEY, 60, NOW + 60) == Window(1, NOW + 120)


async def test_keys_do_not_count_for_each_other(place: Place) -> None:
    await place.counters.count(KEY, 60, NOW)
    assert await place.counters.count(digest_of("somebody else"), 3600, NOW) == Window(1, NOW + 3600)


async def test_looking_does_not_count(place: Place) -> None:
    assert await place.counters.times(KEY, NOW) == 0
    await place.counters.count(KEY, 60, NOW)
    await place.counters.count(KEY, 60, NOW)
    assert await place.counters.times(KEY, NOW + 59) == 2
    assert await place.counters.times(KEY, NOW + 60) == 0


async def test_of_many_at_once_each_sees_another_number(place: Place) -> None:
    windows = await asyncio.gather(*(place.counters.count(KEY, 60, NOW) for _ in range(50)))
    assert sorted(window.times for window in windows) == list(range(1, 51))
    assert {window.ends_at for window in windows} == {NOW + 60}
