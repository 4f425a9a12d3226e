"""Every address below the issuer, in one table."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from consentry.web import account, logo, mcp_host, metrics, responses, sign_in
from consentry.web.api import api
from consentry.web.dashboard import routes as dashboard
from consentry.web.directory import Directory
from consentry.web.management import routes as management
from consentry.web.membership import reset_password, sign_up, verify_email
from consentry.web.oauth import (
    authorize,
    decision,
    device,
    device_authorization,
    introspect,
    manage,
    metadata,
    par,
    register,
    revoke,
    token,
    userinfo,
)
from consentry.web.pages.assets import STATIC_DIRECTORY
from consentry.web.security import pages as security
from consentry.web.site import Site, Store, Transaction

Answer = Callable[[Site, Request], Awaitable[Response]]


def build(site: Site) -> Directory:
    """The HTTP of everything but the gateway."""
    at = site.addresses.path

    def endpoint(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        return partial(answer, site)

    def page(path: str, answer: Answer, method: str) -> Route:
        return Route(path, endpoint(answer), methods=[method])

    routes: list[Route] = [
        *metadata.routes(site),
        *api(at("register"), endpoint(register.answer), "POST"),
        *api(at("register/{client_id}"), endpoint(manage.answer), "GET", "PUT", "DELETE"),
        *api(at("token"), endpoint(token.answer), "POST"),
        *api(at("revoke"), endpoint(revoke.answer), "POST"),
        *api(at("introspect"), endpoint(introspect.answer), "POST"),
        *api(at("par"), endpoint(par.answer), "POST"),
        *api(at("userinfo"), endpoint(userinfo.answer), "GET", "POST"),
        page(at("authorize"), authorize.show, "GET"),
        page(at("authorize"), authorize.resend, "POST"),
        page(at("consent"), decision.answer, "POST"),
        page(at("client-logo/{digest}"), logo.show, "GET"),
        *(
            [
                *api(at("device_authorization"), endpoint(device_authorization.answer), "POST"),
                page(at("device"), device.show, "GET"),
                page(at("device"), device.enter, "POST"),
                page(at("device/answer"), device.answer, "POST"),
            ]
            if site.terms.device_authorization
            else []
        ),
        page(at("login"), sign_in.show, "GET"),
        page(at("login"), sign_in.answer, "POST"),
        page(at("logout"), sign_in.sign_out, "POST"),
        page(at("signup"), sign_up.show, "GET"),
        page(at("signup"), sign_up.answer, "POST"),
        page(at("verify-email"), verify_email.show, "GET"),
        page(at("verify-email"), verify_email.answer, "POST"),
        page(at("reset-password"), reset_password.show, "GET"),
        page(at("reset-password"), reset_password.answer, "POST"),
        *(page(at(path), answer, method) for path, answer, method in security.PAGES),
        page(at("account"), account.show, "GET"),
        page(at("account/disconnect"), account.disconnect, "POST"),
        *dashboard.routes(site),
        *management.routes(site),
        page(at(""), account.home, "GET"),
        *(mcp_host.routes(site) if site.addresses.one_host else []),
        Route(at("healthz"), _healthy, methods=["GET"]),
        Route(at("readyz"), partial(_ready, site.store), methods=["GET"]),
        page(at("metrics"), metrics.answer, "GET"),
        Route(at("static/{file:path}"), partial(_asset, _Assets(directory=STATIC_DIRECTORY)), methods=["GET"]),
    ]
    return Directory(routes)


def build_mcp_host(site: Site) -> Directory:
    """The HTTP of a host that only MCP URLs are on, less the gateway."""
    return Directory(mcp_host.routes(site))


class _Assets(StaticFiles):
    """Addressed by content, so they may be kept for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


async def _asset(assets: StaticFiles, request: Request) -> Response:
    return await assets.get_response(request.path_params["file"], request.scope)


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"status": "ok"}, headers=responses.NO_STORE)


async def _ready(store: Store, _request: Request) -> Response:
    async def work(tx: Transaction) -> None:
        await tx.list_signing_keys()

    await store.read(work)
    return JSONResponse({"status": "ok"}, headers=responses.NO_STORE)
