"""Finding a route by its path. Trying one pattern after another costs more than all the rest of the routing."""

from collections import defaultdict
from collections.abc import Sequence

from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send


class Directory(Router):
    """Gives a request to those routes that have exactly its path, or else to those with a pattern."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        super().__init__(routes, redirect_slashes=False)
        exact: dict[str, list[BaseRoute]] = defaultdict(list)
        patterns: list[BaseRoute] = []
        for route in routes:
            if isinstance(route, Route) and not route.param_convertors:
                exact[route.path].append(route)
            else:
                patterns.append(route)
        self._exact = {path: Router(found, redirect_slashes=False) for path, found in exact.items()}
        self._patterns = Router(patterns, redirect_slashes=False)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._exact.get(scope["path"], self._patterns).app(scope, receive, send)
