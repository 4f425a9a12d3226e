"""Every example page on a loopback address, under the content security policy it has in the product."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from consentry.web.pages.assets import STATIC_DIRECTORY
from consentry.web.pages.render import PANELS, page
from consentry.web.showing import CONTENT_SECURITY_POLICY, PANEL_POLICY
from tests.web.pages.catalogue import HOSTILE, PAGES

CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


async def _shown(request: Request) -> HTMLResponse:
    view, chrome = (PAGES | HOSTILE)[request.path_params["name"]]
    policy = PANEL_POLICY if type(view) in PANELS else CONTENT_SECURITY_POLICY
    return HTMLResponse(page(view, chrome=chrome), headers={"Content-Security-Policy": policy})


async def _posted(request: Request) -> HTMLResponse:
    form = await request.form()
    rows = "".join(f"<li>{escape(f'{name}={value}')}</li>" for name, value in form.items())
    return HTMLResponse(f"<title>posted</title><ul>{rows}</ul>")


APP = Starlette(
    routes=[
        Route("/page/{name}", _shown),
        Mount("/static", StaticFiles(directory=STATIC_DIRECTORY)),
        Route("/{path:path}", _posted, methods=["POST"]),
    ]
)


@contextmanager
def served() -> Iterator[str]:
    """The gallery's address while it is open."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(APP, log_level="warning", ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
