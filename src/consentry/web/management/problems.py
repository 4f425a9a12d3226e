"""Problem details: RFC 9457. What went wrong, what to do next, and where it is explained."""

from dataclasses import dataclass, field

from starlette.responses import Response

from consentry.addresses import Addresses
from consentry.spec.errors import Refusal
from consentry.web.responses import NO_STORE, Json

MEDIA_TYPE = "application/problem+json"
ROOT = "api/v1"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: `name` is the last part of its URL, `words` explain it on the page that the URL leads to."""

    name: str
    status: int
    title: str
    words: str


MALFORMED = Kind(
    "malformed",
    400,
    "The request cannot be read",
    "The body is not the JSON that this operation takes, or a parameter of the address will not do. The detail names"
    " it, and nothing was changed.",
)
UNAUTHORIZED = Kind(
    "unauthorized",
    401,
    "A personal access token is needed",
    "Send a live personal access token as `Authorization: Bearer`. Tokens are made on the page Access tokens of your "
    "account, or by `consentry account token create`. No other kind of token opens the API.",
)
INSUFFICIENT_SCOPE = Kind(
    "insufficient-scope",
    403,
    "The token may not do this",
    "The token is good, but was made without the scope that this operation needs: make another with it.",
)
FORBIDDEN = Kind(
    "forbidden",
    403,
    "The account may not do this",
    "What was asked for is the operators' alone, whatever the token's scopes.",
)
NOT_FOUND = Kind(
    "not-found",
    404,
    "There is no such thing",
    "Nothing is known by that name, or it is not yours: which of the two is not said.",
)
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed",
    405,
    "This cannot be done here",
    "The address is right; `Allow` names the methods that it has.",
)
CONFLICT = Kind(
    "conflict", 409, "There is one already", "Something of that name exists, or changed meanwhile: look at it first."
)
TOO_LARGE = Kind("too-large", 413, "The body is too large", "No operation here takes more than 64 KiB.")
MEDIA = Kind("media-type", 415, "The body is not JSON", "Send bodies as `Content-Type: application/json`.")
UNFIT = Kind(
    "unfit",
    422,
    "This will not do",
    "The body was understood, and asks for what cannot be. The detail says what would do; nothing was changed.",
)
TOO_MANY = Kind(
    "too-many",
    429,
    "Too many requests",
    "Wait for as many seconds as `Retry-After` says, then send the same request again; nothing was changed.",
)
BROKEN = Kind(
    "broken",
    500,
    "Something broke here",
    "A mistake in the program, or a broken world; nothing was changed. Tell whoever runs the server the `request_id`.",
)
UNAVAILABLE = Kind(
    "unavailable", 503, "The server cannot do this now", "Try again after as many seconds as `Retry-After` says."
)

KINDS = (
    MALFORMED,
    UNAUTHORIZED,
    INSUFFICIENT_SCOPE,
    FORBIDDEN,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    CONFLICT,
    TOO_LARGE,
    MEDIA,
    UNFIT,
    TOO_MANY,
    BROKEN,
    UNAVAILABLE,
)
# Whatever is asked for, it may be answered so.
ANYWHERE = (MALFORMED, UNAUTHORIZED, INSUFFICIENT_SCOPE, TOO_MANY, BROKEN, UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal of the API. `member` points at what it is about, as a JSON pointer (RFC 6901) into the body."""

    kind: Kind
    detail: str
    member: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def type_of(kind: Kind, addresses: Addresses) -> str:
    """The URL that names it and explains it: RFC 9457 §3.1.1."""
    return f"{addresses.endpoint(ROOT)}#{kind.name}"


def too_many(refusal: Refusal) -> Problem:
    """429, RFC 6585 §4."""
    return Problem(TOO_MANY, refusal.description, headers={"Retry-After": str(refusal.retry_after or 1)})


def broken(request_id: str) -> Problem:
    """500."""
    return Problem(BROKEN, f"Something broke here; quote request {request_id}.")


def covers(path: str, addresses: Addresses) -> bool:
    """Whether an address is the API's, or below it."""
    return f"{path}/".startswith(f"{addresses.path(ROOT)}/")


def render(problem: Problem, addresses: Addresses, request_id: str) -> Response:
    """As a response."""
    kind = problem.kind
    body: dict[str, str | int] = {
        "type": type_of(kind, addresses),
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "request_id": request_id,
    }
    if problem.member is not None:
        body["member"] = problem.member
    return Json(body, kind.status, NO_STORE | problem.headers, media_type=MEDIA_TYPE)
