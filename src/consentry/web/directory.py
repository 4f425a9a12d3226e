"""Finding a route by its path. Trying one pattern after another costs more than all the rest of the routing."""

from collections import defaultdict
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send


class Directory:
    """Gives a request to the route that has exactly its path, or else to one with a pattern; 404 and 405 are raised."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self.routes = tuple(routes)
        self._exact: dict[str, dict[str, Route]] = defaultdict(dict)
        patterns: list[BaseRoute] = []
        for route in routes:
            if isinstance(route, Route) and not route.param_convertors:
                for method in route.methods or ():
                    self._exact[route.path].setdefault(method, route)
            else:
                patterns.append(route)
        self._patterns = Router(patterns, redirect_slashes=False, default=_nothing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self  # so that Starlette's routes raise what they have to say
        offered = self._exact.get(scope["path"])
        if offered is None:
            await self._patterns.app(scope, receive, send)
            return
        route = offered.get(scope["method"])
        if route is None:
            raise HTTPException(405, headers={"Allow": ", ".join(offered)})
        scope["route"] = route
        scope.setdefault("path_params", {})
        await route.app(scope, receive, send)


async def _nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise HTTPException(404)
