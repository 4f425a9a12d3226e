"""Who calls the API, and whether they may: every operation goes through here. No cookie opens it (ADR 8)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import personal_tokens
from consentry.accounts.model import Account
from consentry.accounts.personal_tokens import HeldPersonalToken, PersonalToken, TokenScope
from consentry.deployments import authority
from consentry.deployments.authority import Person
from consentry.deployments.model import Deployment, slug_fault
from consentry.spec.errors import AWAY_SECONDS, AwayError, Refusal
from consentry.tokens import Kind, recognise
from consentry.web import reading, showing
from consentry.web.management import paging, problems, querying, shapes
from consentry.web.management.paging import Asked
from consentry.web.management.problems import Problem
from consentry.web.management.shapes import Query
from consentry.web.reading import IncompleteError, TooLargeError
from consentry.web.responses import NO_STORE, Json
from consentry.web.site import Site, Transaction

log = structlog.get_logger(__name__)

M = TypeVar("M", bound=BaseModel)
Q = TypeVar("Q", bound=Query)
NO_QUERY = Query()

_REALM = 'Bearer realm="consentry"'


@dataclass(frozen=True, slots=True)
class Call:
    """A request with a token that allows it. `body` and `query` are what it brought, read; `asked` is which page of a
    list."""

    site: Site
    request: Request
    account: Account
    token: PersonalToken
    now: int
    body: BaseModel | None = None
    query: Query = NO_QUERY
    asked: Asked = paging.FIRST

    @property
    def person(self) -> Person:
        return Person(self.account.id, self.account.operator)

    @property
    def network(self) -> str | None:
        return reading.network(self.request)

    def given(self, model: type[M]) -> M:
        """The body, of an operation that takes one."""
        assert isinstance(self.body, model)  # noqa: S101 - `enter` has read it as what the table says
        return self.body

    def searched(self, model: type[Q]) -> Q:
        """The query, of an operation that takes more than pages."""
        assert isinstance(self.query, model)  # noqa: S101 - as above
        return self.query

    async def write(self, work: Callable[[Transaction], Awaitable["Answered | Problem"]]) -> "Answered | Problem":
        """Changes something, if the token still opens it by now: a body that comes slowly is whole long after its
        head, and whoever holds it back could outlast the token."""

        async def held(tx: Transaction) -> Answered | Problem:
            await tx.hold_account(self.account.id)
            found = await tx.find_personal_token(self.token.digest)
            refusal = _refusal(self.site, found, self.site.clock())
            return _unopened(refusal) if refusal is not None else await work(tx)

        return await self.site.store.write(held)

    def named(self, parameter: str) -> str:
        """What the address says."""
        return str(self.request.path_params[parameter])


@dataclass(frozen=True, slots=True)
class Answered:
    """What is answered: a model, or nothing; `location` is the path of what was made, below the API."""

    body: BaseModel | None = None
    location: str | None = None


Answer = Callable[[Call], Awaitable[Answered | Problem]]


@dataclass(frozen=True, slots=True)
class Demand:
    """What an operation asks of a request."""

    scope: TokenScope
    body: type[BaseModel] | None = None
    query: type[Query] = Query
    operates: bool = False


async def enter(site: Site, demand: Demand, answer: Answer, status: int, request: Request) -> Response:
    """Answers, if whoever asks may, in a way that programs read."""
    try:
        outcome = await _entered(site, demand, answer, request)
    except TooLargeError:
        outcome = Problem(problems.TOO_LARGE, f"A body has at most {reading.LARGEST_BODY_BYTES} bytes.")
    except IncompleteError:
        outcome = Problem(problems.MALFORMED, "The body did not come whole: send it again.")
    except AwayError:
        sentence = f"This server cannot reach what it keeps: try again in {AWAY_SECONDS} seconds."
        outcome = Problem(problems.UNAVAILABLE, sentence, headers={"Retry-After": str(AWAY_SECONDS)})
    except Exception:
        log.exception("the request failed", request_id=showing.request_id(request), path=request.url.path)
        outcome = problems.broken(showing.request_id(request))
    if isinstance(outcome, Problem):
        return problems.render(outcome, site.addresses, showing.request_id(request))
    headers = dict(NO_STORE)
    if outcome.location is not None:
        headers["Location"] = site.addresses.endpoint(f"{problems.ROOT}/{outcome.location}")
    if outcome.body is None:
        return Response(status_code=status, headers=headers)
    return Json(outcome.body.model_dump(mode="json", exclude_none=True), status, headers)


async def _entered(site: Site, demand: Demand, answer: Answer, request: Request) -> Answered | Problem:
    now, network = site.clock(), reading.network(request)
    held = await _authenticated(site, request, now)
    if isinstance(held, Problem):
        strayed = await site.gate.stray(network, now)
        return problems.too_many(strayed) if strayed else held
    if refusal := await site.gate.manage(network, held.account.id, now):
        return problems.too_many(refusal)
    if not held.token.allows(demand.scope):
        challenge = f'{_REALM}, error="insufficient_scope", scope="{demand.scope}"'
        sentence = f"This token was made without {demand.scope}: make another that has it."
        return Problem(problems.INSUFFICIENT_SCOPE, sentence, headers={"WWW-Authenticate": challenge})
    if demand.operates and not authority.operates(Person(held.account.id, held.account.operator)):
        return Problem(problems.FORBIDDEN, "This is for operators alone: ask whoever runs this server.")
    query = querying.parse(request.url.query, demand.query)
    if isinstance(query, Problem):
        return query
    asked = paging.parse(query)
    if isinstance(asked, Problem):
        return asked
    body = await _body(request, demand.body) if demand.body else None
    if isinstance(body, Problem):
        return body
    return await answer(Call(site, request, held.account, held.token, now, body, query, asked))


async def _authenticated(site: Site, request: Request, now: int) -> HeldPersonalToken | Problem:
    """RFC 6750 §2.1, §3: a token in the header and nowhere else, of the one kind that is for this."""
    text = reading.bearer(request)
    if text is None:
        sentence = (
            "Send a personal access token as Authorization: Bearer; your account's page Access tokens makes them."
        )
        return Problem(problems.UNAUTHORIZED, sentence, headers={"WWW-Authenticate": _REALM})
    secret = recognise(text, Kind.PERSONAL_TOKEN)
    held = await site.store.read(lambda tx: tx.find_personal_token(secret.digest())) if secret else None
    refusal = _refusal(site, held, now)
    if held is None or refusal is not None:
        return _unopened(refusal)
    token = held.token
    if personal_tokens.stale(token, now):
        await site.store.write(lambda tx: tx.use_personal_token(token.id, now))
    return held


def _refusal(site: Site, held: HeldPersonalToken | None, now: int) -> Refusal | None:
    return personal_tokens.check(held, site.accounts.second_factor == "required", now)


def _unopened(refusal: Refusal | None) -> Problem:
    challenge = f'{_REALM}, error="invalid_token"'
    said = refusal.description if refusal else ""
    return Problem(problems.UNAUTHORIZED, said, headers={"WWW-Authenticate": challenge})


async def _body(request: Request, model: type[BaseModel]) -> BaseModel | Problem:
    content = await reading.body(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in {reading.JSON, "application/merge-patch+json"}:
        return Problem(problems.MEDIA, f"Send the body as {reading.JSON}.")
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        return _misread(error, model)


def _misread(error: ValidationError, model: type[BaseModel]) -> Problem:
    """In words, without what was sent."""
    fault = error.errors(include_url=False, include_input=False)[0]
    member, message = "".join(f"/{part}" for part in fault["loc"]), fault["msg"].removesuffix(".")
    name = ".".join(str(part) for part in fault["loc"])
    match fault["type"]:
        case "json_invalid":
            return Problem(problems.MALFORMED, "The body is not JSON: write one object in UTF-8.")
        case "extra_forbidden":
            sentence = f"There is no member {name[:100]} here. There are: {', '.join(model.model_fields)}."
        case "missing":
            sentence = f"The member {name} is missing."
        case shapes.NUL:
            return Problem(problems.UNFIT, f"{message}.", member or None)
        case "value_error":
            sentence = f"{message.removeprefix('Value error, ')}."
        case _:
            sentence = f"The member {name[:100]} will not do: {message}." if name else f"The body: {message}."
    return Problem(problems.MALFORMED, sentence, member[:200] or None)


async def deployment_of(tx: Transaction, call: Call) -> Deployment | Problem:
    """The one that the address names, if they manage it. Another's looks like none at all."""
    slug = call.named("slug")
    found = None if slug_fault(slug) else await tx.find_deployment_by_slug(slug)
    if found is None or not authority.may_manage(call.person, found):
        return Problem(problems.NOT_FOUND, "There is no such deployment among yours: list them to see which there are.")
    return found
