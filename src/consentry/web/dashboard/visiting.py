"""Who comes to a page of the dashboard, and whether they may: every page and every form goes through here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts.model import Account
from consentry.deployments import authority
from consentry.deployments.authority import Person
from consentry.deployments.model import Deployment, slug_fault
from consentry.spec.errors import Refusal
from consentry.spec.params import Params
from consentry.web import browser as browsers
from consentry.web import reading, responses, showing
from consentry.web.browser import SESSION_FORM, Browser
from consentry.web.pages import words
from consentry.web.pages.views import View
from consentry.web.returning import sign_in_path
from consentry.web.site import Site, Transaction

# Who may open a page: anybody signed in; whoever may say what this server calls; whoever manages the deployment that
# the address names; operators.
Right = Literal["signed in", "places", "manages", "operates"]


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who may make it. `given` is its form, `deployment` what its address names."""

    site: Site
    request: Request
    browser: Browser
    account: Account
    given: Params
    now: int
    deployment_named: Deployment | None = None

    @property
    def person(self) -> Person:
        return Person(self.account.id, self.account.operator)

    @property
    def deployment(self) -> Deployment:
        """Where the right is to manage it."""
        assert self.deployment_named is not None  # noqa: S101 - `enter` let nobody in without
        return self.deployment_named

    @property
    def may_place(self) -> bool:
        return authority.may_place(self.person, self.site.deployment_owners)

    @property
    def network(self) -> str | None:
        return reading.network(self.request)

    def path(self, below: str = "") -> str:
        """Of the dashboard, or of something below it."""
        return self.site.addresses.path(f"dashboard/{below}" if below else "dashboard")

    def at(self, below: str = "") -> str:
        """Of the deployment's page, or of something below it."""
        return self.path(f"deployments/{self.deployment.slug}{f'/{below}' if below else ''}")

    def show(self, view: View, status: int = 200) -> Response:
        return showing.show(self.request, self.site, view, self.browser, status)

    def go(self, path: str) -> Response:
        return responses.see_other(path)

    def nothing(self) -> Response:
        """404: there is no such thing, or none of theirs; which, is not said."""
        return showing.stop(self.request, self.site, words.NOT_FOUND, link=("Deployments", self.path()))


Answer = Callable[[Visit], Awaitable[Response]]


async def enter(site: Site, right: Right, answer: Answer, request: Request) -> Response:
    """Answers, if whoever asks is signed in, sent the form from here, and has the right."""
    given = await reading.form(request) if request.method == "POST" else Params()
    if isinstance(given, Refusal):
        return showing.stop(request, site, words.MALFORMED_FORM)
    browser = await browsers.of(request, site)
    if browser.signed_in is None:
        then = request.url.path if request.method == "GET" else site.addresses.path("dashboard")
        return responses.see_other(sign_in_path(site, then, ended=request.method == "POST"))
    if request.method == "POST" and not browsers.sent_by(request, browser, site, SESSION_FORM, given.get("csrf")):
        way = ("Deployments", site.addresses.path("dashboard"))
        return showing.stop(request, site, words.FORM_EXPIRED, link=way)
    visit = Visit(site, request, browser, browser.signed_in.account, given, site.clock(), await _named(site, request))
    return await answer(visit) if _may(visit, right) else visit.nothing()


def _may(visit: Visit, right: Right) -> bool:
    match right:
        case "signed in":
            return True
        case "places":
            return visit.may_place
        case "operates":
            return authority.operates(visit.person)
        case "manages":
            return visit.deployment_named is not None and authority.may_manage(visit.person, visit.deployment_named)


async def _named(site: Site, request: Request) -> Deployment | None:
    slug = request.path_params.get("slug")
    if slug is None or slug_fault(slug):  # what is no slug need not be a text that a database takes
        return None

    async def work(tx: Transaction) -> Deployment | None:
        return await tx.find_deployment_by_slug(slug)

    return await site.store.read(work)
