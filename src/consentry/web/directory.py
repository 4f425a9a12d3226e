"""Finding a route by its path. Trying one pattern after another costs more than all the rest of the routing."""

from collections import defaultdict
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope


class Directory:
    """Gives a request to the route that has exactly its path, or else to one with a pattern; 404 and 405 are raised."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        self._exact: dict[str, dict[str, Route]] = defaultdict(dict)
        self._patterns = [route for route in routes if route.param_convertors]
        for route in routes:
            if not route.param_convertors:
                for method in route.methods or ():
                    self._exact[route.path].setdefault(method, route)

    async def answer(self, request: Request) -> Response:
        """The route is noted in the request's scope, with what the path says for its pattern."""
        scope = request.scope
        offered = self._exact.get(scope["path"])
        route = self._by_pattern(scope) if offered is None else offered.get(scope["method"])
        if route is None:
            raise HTTPException(405, headers={"Allow": ", ".join(offered or ())})
        scope["route"] = route
        response: Response = await route.endpoint(request)
        return response

    def _by_pattern(self, scope: Scope) -> Route:
        offered: set[str] = set()
        for route in self._patterns:
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found)
                return route
            if match is Match.PARTIAL:
                offered |= route.methods or set()
        raise HTTPException(405, headers={"Allow": ", ".join(sorted(offered))}) if offered else HTTPException(404)
