"""What stands on each page of the dashboard, read as a script reads it."""

from typing import get_args

import pytest

from consentry.web.pages.connect_views import ConnectView
from consentry.web.pages.deployment_views import DeploymentView
from consentry.web.pages.log_views import LogView
from consentry.web.pages.people_views import People
from consentry.web.pages.render import PANELS, page
from consentry.web.pages.use_views import UsePage
from consentry.web.pages.views import View
from tests.web.pages import panels, people
from tests.web.pages.examples import HOSTILE_NAMES
from tests.web.pages.reading import Reading
from tests.web.pages.test_render import ALLOWED_TAGS

TAGS = ALLOWED_TAGS | {
    "nav", "script", "time", "table", "caption", "thead", "tbody", "tr", "th", "td", "fieldset", "legend", "select",
    "option", "textarea", "ol", "g",
}  # fmt: skip


EVERY = panels.EVERY | people.EVERY


def hostile(name: str) -> dict[str, View]:
    return panels.hostile(name) | {"people": people.hostile(name)}


def read(view: View) -> Reading:
    return Reading(page(view, chrome=panels.CHROME))


def test_every_page_of_the_dashboard_is_looked_at() -> None:
    views = {*get_args(DeploymentView), *get_args(ConnectView), *get_args(LogView), UsePage, People}
    assert views == {type(view) for view, _ in EVERY.values()}
    assert views <= PANELS


@pytest.mark.parametrize("name", EVERY)
def test_every_page_keeps_to_the_frame_the_policy_and_one_csrf_token(name: str) -> None:
    shown = read(EVERY[name][0])
    assert {tag for tag, _ in shown.tags} <= TAGS
    assert not [a for _, attributes in shown.tags for a in attributes if a == "style" or a.startswith("on")]
    for once in ("h1", "main", "header", "footer", "nav"):
        assert len(shown.all(once)) == 1, once
    assert len(shown.all("title")) == 1 + len(shown.all("g"))  # a bar of a chart says what it is
    ids = [attributes["id"] for _, attributes in shown.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(label["for"] in ids for label in shown.all("label") if "for" in label)
    for form in shown.forms:
        if form.method == "get":  # what is in an address is no secret
            assert "csrf" not in form.inputs
        else:
            assert (form.method, form.inputs["csrf"]["value"]) == ("post", panels.CHROME.csrf)


@pytest.mark.proves("C26")
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_adds_nothing_to_any_page(name: str) -> None:
    plain = hostile("A plain name")
    for title, view in hostile(name).items():
        shown, usual = read(view), read(plain[title])
        assert [tag for tag, _ in shown.tags] == [tag for tag, _ in usual.tags], title
        assert [form.buttons for form in shown.forms] == [form.buttons for form in usual.forms]
        assert [sorted(form.inputs) for form in shown.forms] == [sorted(form.inputs) for form in usual.forms]
        assert not [link for link in shown.all("a") if "evil" in link["href"]]
        assert "49" not in shown.text
        assert not set(shown.text) & set("\u202e\u202c\u2066\u2067\u200f\u200b\x00\x1b"), title
