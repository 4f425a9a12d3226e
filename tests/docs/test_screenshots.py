"""Every page that a person can see has its pictures, and they are of that page: without a browser."""

import re
from pathlib import Path

import pytest
from dev.screenshots import index
from dev.screenshots.album import PICTURES, SCHEMES, WIDTHS, file_name
from dev.screenshots.walk.route import walk
from dev.screenshots.walk.visitor import Kept

from tests.web.pages.catalogue import STANDING

STORY = Path(__file__).parents[1] / "journeys" / "story.py"
IMAGES = index.PAGE.parent / "images"


def test_every_page_has_a_picture() -> None:
    pictured = {picture.route for picture in PICTURES}
    assert set(STANDING) - pictured == set(), "add it to dev/screenshots/album.py, and to the walk"
    assert pictured - set(STANDING) == {"/consent", "/nothing/here"}, "the answer to a form, and no page"


@pytest.fixture(scope="module")
async def kept(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> dict[str, Kept]:
    return await walk(tmp_path_factory.mktemp("walk"))


@pytest.mark.anyio
async def test_the_walk_meets_every_page_of_the_album_where_the_album_says(kept: dict[str, Kept]) -> None:
    assert set(kept) == {picture.name for picture in PICTURES}
    for picture in PICTURES:
        at = kept[picture.name].path.split("/")
        route = picture.route.split("/")
        assert len(at) == len(route), picture
        assert all(there == word or word.startswith("{") for there, word in zip(at, route, strict=True)), picture


@pytest.mark.anyio
async def test_two_walks_see_the_same(kept: dict[str, Kept], tmp_path: Path) -> None:
    again = await walk(tmp_path)
    assert [name for name in kept if kept[name] != again[name]] == []


def test_every_picture_is_there_and_no_other() -> None:
    wanted = {file_name(one.name, width, scheme) for one in PICTURES for width in WIDTHS for scheme in SCHEMES}
    assert {file.name for file in IMAGES.glob("*.png")} == wanted, "run `python -m dev.screenshots`"


def test_the_story_of_the_readme_has_its_pictures() -> None:
    told = re.findall(r"docs/images/story/([\w-]+)\.png", (IMAGES.parents[1] / "README.md").read_text())
    shown = re.findall(r'show\("([\w-]+)"\)', STORY.read_text())
    assert sorted(told) == sorted(shown) == sorted(file.stem for file in (IMAGES / "story").glob("*.png"))


def test_the_pictures_do_not_weigh_the_repository_down() -> None:
    assert sum(file.stat().st_size for file in IMAGES.rglob("*.png")) < 14_000_000


def test_the_page_of_pictures_is_what_the_album_says() -> None:
    assert index.PAGE.read_text() == index.render(), "run `python -m dev.screenshots`"
