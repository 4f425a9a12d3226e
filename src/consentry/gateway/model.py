"""What the gateway knows and what it needs of others."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from consentry.deployments.admission import Admission, Person
from consentry.deployments.authentication import OAUTH, Authentication
from consentry.deployments.scope_map import WHOLE, ScopeMap
from consentry.formats import Bearer
from consentry.gateway.bearer import Credential, NoBearer
from consentry.limits.quota import UNLIMITED, Plan
from consentry.spec.challenge import Challenge
from consentry.spec.jsonrpc import INVALID_REQUEST, CallId

if TYPE_CHECKING:
    from consentry.gateway.envelope import Envelope
    from consentry.gateway.head import Head
    from consentry.gateway.message import Body
    from consentry.gateway.settled import Settled

Header = tuple[bytes, bytes]
Headers = tuple[Header, ...]
Clock = Callable[[], int]

Message = MutableMapping[str, Any]  # the ASGI specification's own shapes
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Target:
    """A deployment as the gateway sees it. `hide_tools`: lists leave out what a token may not call."""

    deployment_id: str
    slug: str
    upstream_url: str
    resource: str
    resource_metadata: str
    admission: Admission | None = None  # None: whoever has a grant
    scopes: ScopeMap = WHOLE
    hide_tools: bool = False
    # What every request to the upstream carries besides, instead of the client's own of the same names.
    headers: Headers = ()
    paused: bool = False
    fault: str = ""  # why no call may go up, for the caller to read
    guarded: bool = False  # whether its address has to be looked at first
    identity: str = ""  # for which audience the upstream is told who calls, if it is
    # Whose plan its calls count for.
    owner_id: str = ""
    plan: Plan = UNLIMITED
    auth: Authentication = OAUTH


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A deployment whose MCP server is not behind this gateway: `resource` is its own URL.

    `target` is it as the proxy in front of it asks about it.
    """

    resource: str
    target: Target


@dataclass(frozen=True, slots=True)
class Access:
    """What the bearer may do: the access token joined with its grant. `scope` is what both allow.

    `person` is who approved, as they are now; None for a client that acts for itself. `foreign`: the token is a trusted
    issuer's, so there is no grant, and account and client are what the issuer calls them, behind its name.
    """

    deployment_id: str
    grant_id: str
    account_id: str
    client_id: str
    scope: frozenset[str]
    expires_at: int
    ended: bool
    person: Person | None = None
    foreign: bool = False


Found = tuple[Target | Elsewhere | None, Access | None]


class Finder(Protocol):
    """Where deployments and tokens are looked up: one look-up each per request."""

    def version(self) -> Hashable:
        """While it is the same, what was recalled would be recalled again (ADR 22)."""

    def recall(self, slug: str, bearer: Bearer | None) -> Found | None:
        """Both from memory, where that is as good as asking; None where it has to be asked."""

    async def find_target(self, slug: str) -> Target | Elsewhere | None: ...

    async def find_access(self, bearer: Bearer, target: Target) -> Access | None:
        """Whatever its format, what a token of ours is worth stands in the row of its grant. One of an issuer that the
        deployment trusts says so itself."""
        ...

    def note_use(self, access: Access, now: int) -> None:
        """Remember that the grant was used, without being waited for: at most one write a minute per grant."""


class Kept:
    """What was made of a request's head, for all requests that have the same one but for the length of their body
    (ADR 37), which none of it depends on.

    `up` are those of its headers that the upstream may see, and `sized` whether Content-Length is another.
    """

    __slots__ = ("envelope", "named", "settled", "sized", "unsized", "up")

    def __init__(self, headers: Headers) -> None:
        self.named = dict(headers)
        self.unsized = tuple(header for header in headers if header[0] != b"content-length")
        self.sized = False
        self.envelope: Envelope | None = None
        self.settled: Settled | None = None
        self.up: Headers | None = None


class Request:
    """What is decided by; header names are lower case. `body` is the whole of it, where a policy asked to see it."""

    __slots__ = ("body", "credential", "headers", "kept", "method", "parsed", "query", "slug")

    def __init__(
        self,
        method: str,
        slug: str | None,
        query: bytes,
        headers: Headers,
        credential: Credential,
        body: bytes | None = None,
        kept: Kept | None = None,
    ) -> None:
        self.method = method
        self.slug = slug
        self.query = query
        self.headers = headers
        self.credential = credential
        self.body = body
        self.kept = kept or Kept(headers)
        self.parsed: Body | Stop | None = None

    @property
    def bearer(self) -> Bearer | None:
        return None if isinstance(self.credential, NoBearer) else self.credential

    def reading(self, body: bytes) -> "Request":
        return Request(self.method, self.slug, self.query, self.headers, self.credential, body, self.kept)

    def sized(self, length: bytes) -> "Request":
        """The same, but for the stated length of its body."""
        headers = (*self.kept.unsized, (b"content-length", length))
        return Request(self.method, self.slug, self.query, headers, self.credential, None, self.kept)

    def names(self, name: bytes) -> bool:
        """Whether there is such a header."""
        return name in self.kept.named

    def values(self, name: bytes) -> list[str]:
        """Every value of that header, in order."""
        if name not in self.kept.named:
            return []
        return [value.decode("latin-1") for key, value in self.headers if key == name]


class Filter(Protocol):
    """Looks at an answer's body as it passes; what it gives is what the client gets."""

    def feed(self, data: bytes) -> bytes: ...

    def end(self) -> bytes:
        """What it held back, now that no more comes."""


# An answer's status and headers, as the client would get them, to the headers that it gets and who looks at the body.
Answered = Callable[[int, Headers], tuple[Headers, Filter | None]]


class Asked(NamedTuple):
    """What a request is, in JSON-RPC: its method (empty where nobody can tell), its tool, and how many tool calls."""

    method: str
    tool: str = ""
    calls: int = 0


@dataclass(slots=True)  # a value like the others: frozen, making one would take twice as long, as a tuple, reading it
class Forward:
    """The request may pass. `up` goes to the upstream besides, `down` to the client, each instead of its namesakes."""

    target: Target
    access: Access
    up: Headers = ()
    down: Headers = ()
    answered: Answered | None = None
    asked: Asked | None = None

    def answering(self, answered: Answered) -> "Forward":
        """With that, as `replace` would make it, which takes four times as long; some change every call so."""
        return Forward(self.target, self.access, self.up, self.down, answered, self.asked)

    def asking(self, asked: Asked) -> "Forward":
        return Forward(self.target, self.access, self.up, self.down, self.answered, asked)

    def telling(self, headers: Headers) -> "Forward":
        return Forward(self.target, self.access, self.up, self.down + headers, self.answered, self.asked)

    def adding(self, header: Header) -> "Forward":
        return Forward(self.target, self.access, (*self.up, header), self.down, self.answered, self.asked)


@dataclass(frozen=True, slots=True)
class Stop:
    """The gateway's own answer: `message` is what the client reads, `reason` what the log alone knows.

    `id` is that of the call which is answered, and `data` what its error says besides.
    """

    status: int
    message: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    code: int = INVALID_REQUEST
    reason: str = ""
    data: Mapping[str, object] | None = None
    id: CallId = None


Decision = Forward | Challenge | Stop


class Policy(Protocol):
    """What is asked of a call beyond its access. Policies are asked in order, each of what the one before gave."""

    def settles(self, request: Request, forward: Forward) -> bool:
        """Whether it judges alike, at once and at any time, all requests with this head that are let in so; where the
        body was read, all of them whose body is of the same kind (ADR 37)."""

    def needs_body(self, request: Request, forward: Forward) -> bool:
        """Whether `judge` has to see the body: it is read whole then, up to the gateway's bound, before it goes on."""

    def judge(self, request: Request, forward: Forward, now: int) -> Decision | Awaitable[Decision]:
        """The call as it may go on, or why it may not. At once wherever possible: who waits costs a task."""


@dataclass(slots=True)
class Finished:
    """A call that is over. `status` is what the client was told, 0 where it left before, and what it should have been
    told where its answer broke off under way; `whole`: it got it all.

    `forward` is what it was let in for, None for a stranger's; a policy may have refused it still.

    `seconds` from the head of the request to the end of the answer; bytes are those of the bodies.
    """

    request: Request
    request_id: str
    forward: Forward | None
    status: int
    whole: bool
    seconds: float
    bytes_in: int
    bytes_out: int


class Observer(Protocol):
    """Told once of every call, when it is over. On the hot path: it takes note, and works later."""

    def finished(self, call: Finished) -> None: ...


class Client(Protocol):
    """The client's end of a call. Nothing of it waits: what the client does not read yet is told to the call."""

    def begin(self, head: "Head", own: Headers) -> None:
        """The answer's head, and what belongs to this one alone. How its body is framed is this end's own business."""

    def send(self, data: bytes) -> None: ...

    def end(self) -> None:
        """The answer is whole."""

    def cut(self) -> None:
        """It broke off, and must not look whole."""

    def flush(self) -> None:
        """Whatever was given goes out now."""

    def hold_body(self) -> None:
        """There is no place for more of the request's body."""

    def want_body(self) -> None:
        """There is, again or for the first time (RFC 9110 §10.1.1)."""


class Gone:
    """The twin of a client that has left, or has its answer."""

    def begin(self, head: "Head", own: Headers) -> None: ...

    def send(self, data: bytes) -> None: ...

    def end(self) -> None: ...

    def cut(self) -> None: ...

    def flush(self) -> None: ...

    def hold_body(self) -> None: ...

    def want_body(self) -> None: ...


GONE = Gone()
