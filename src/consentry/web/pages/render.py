"""View to HTML: one template for each type of page."""

from datetime import UTC, datetime
from functools import partial
from typing import get_args

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from consentry.web.pages import assets
from consentry.web.pages.api_views import ApiReference
from consentry.web.pages.connect_views import ClientPage, ConnectView, Keys, SetUp, Waiting
from consentry.web.pages.deployment_views import (
    DeletePage,
    DeploymentForm,
    DeploymentPage,
    Deployments,
    DeploymentView,
)
from consentry.web.pages.form import FormPage
from consentry.web.pages.log_views import ActivityPage, LogPage, LogView
from consentry.web.pages.people_views import People
from consentry.web.pages.security import RecoveryCodes, SecondFactorSetup, Security
from consentry.web.pages.stranger import SENTENCE_LENGTH, plain
from consentry.web.pages.token_views import PersonalTokens
from consentry.web.pages.use_views import UsePage
from consentry.web.pages.views import Account, ByDevice, Chrome, Consent, DeviceCode, Home, Notice, SignIn, View

TEMPLATES: dict[type[View], str] = {
    SignIn: "sign_in.html",
    Consent: "consent.html",
    Notice: "notice.html",
    Account: "account.html",
    Home: "home.html",
    DeviceCode: "device_code.html",
    FormPage: "form.html",
    Deployments: "dashboard/deployments.html",
    DeploymentForm: "dashboard/form.html",
    DeploymentPage: "dashboard/deployment.html",
    DeletePage: "dashboard/delete.html",
    SetUp: "dashboard/setup.html",
    ClientPage: "dashboard/client.html",
    UsePage: "dashboard/use.html",
    ActivityPage: "dashboard/activity.html",
    LogPage: "dashboard/log.html",
    Keys: "dashboard/keys.html",
    Waiting: "dashboard/waiting.html",
    People: "dashboard/people.html",
    Security: "security.html",
    SecondFactorSetup: "second_factor.html",
    RecoveryCodes: "recovery_codes.html",
    ApiReference: "api_reference.html",
    PersonalTokens: "dashboard/tokens.html",
}

# Pages inside the frame that has the navigation, and scripts.
PANELS: frozenset[type[View]] = frozenset(
    {Account, Security, *get_args(DeploymentView), *get_args(ConnectView), *get_args(LogView), UsePage, People}
)

_templates = Environment(
    loader=PackageLoader("consentry.web", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_templates.filters["name"] = plain
_templates.filters["lowered"] = lambda text: text[:1].lower() + text[1:]
_templates.filters["moment"] = lambda at: f"{datetime.fromtimestamp(at, UTC):%-d %B %Y, %H:%M} UTC"
_templates.filters["iso"] = lambda at: f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
_templates.filters["size"] = lambda count: f"{count} B" if count < 1000 else f"{count / 1000:.3g} kB"
_templates.tests["by_device"] = lambda way: isinstance(way, ByDevice)
_templates.filters["sentence"] = partial(plain, length=SENTENCE_LENGTH)


def breakable(text: str) -> Markup:
    """An address that a narrow screen may break after a slash rather than within a word."""
    scheme, between, rest = text.partition("://")
    return (
        escape(scheme + between) + Markup("/<wbr>").join(rest.split("/"))
        if scheme in {"http", "https"}
        else escape(text)
    )


_templates.filters["breakable"] = breakable


def page(view: View, *, chrome: Chrome) -> str:
    """The whole HTML document for that view."""
    template = _templates.get_template(TEMPLATES[type(view)])
    return template.render(view=view, chrome=chrome, asset=partial(assets.address, chrome.prefix))
