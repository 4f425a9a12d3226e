"""Any request at all: a good one of each endpoint, bent in a few places; or what no client would ever send."""

import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.security import texts

Pairs = tuple[tuple[str, str], ...]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PROGRAM: Pairs = (("host", "⟦host⟧"),)
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "QUERY")
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Ask:
    """One request. In every part `⟦name⟧` stands for a good value, which is put in when it is sent."""

    method: str
    path: str
    query: str | Pairs = ()
    headers: Pairs = ()
    body: bytes | str | Pairs | Any = b""


def _form(**values: str) -> Pairs:
    return tuple(values.items())


AUTHORIZATION = _form(
    response_type="code",
    client_id="⟦client⟧",
    redirect_uri="⟦redirect⟧",
    state="st",
    code_challenge="⟦challenge⟧",
    code_challenge_method="S256",
    resource="⟦resource⟧",
    scope="openid mcp",
    prompt="consent",
    max_age="100",
    nonce="n",
    login_hint="⟦email⟧",
    id_token_hint="⟦id_token⟧",
)
CODE = _form(
    grant_type="authorization_code",
    client_id="⟦client⟧",
    code="⟦code⟧",
    code_verifier="⟦verifier⟧",
    redirect_uri="⟦redirect⟧",
    resource="⟦resource⟧",
)
REFRESH = _form(
    grant_type="refresh_token",
    client_id="⟦client⟧",
    refresh_token="⟦refresh⟧",
    scope="mcp",
    resource="⟦resource⟧",
)
ASSERTED = _form(
    grant_type="client_credentials",
    client_assertion_type=ASSERTION,
    client_assertion="⟦id_token⟧",
    scope="mcp",
)
DEVICE = _form(grant_type="urn:ietf:params:oauth:grant-type:device_code", client_id="⟦client⟧", device_code="⟦code⟧")
TOKEN = _form(token="⟦access⟧", token_type_hint="access_token", client_id="⟦client⟧", client_secret="⟦secret⟧")
CONSENT = _form(request="⟦query⟧", csrf="⟦csrf⟧", decision="approve")
LOGIN = _form(email="⟦email⟧", password="⟦password⟧", csrf="⟦login_csrf⟧", next="/authorize?⟦query⟧")
# Every body that any endpoint takes: each is tried at all of them.
FORMS: tuple[Pairs, ...] = (AUTHORIZATION, CODE, REFRESH, ASSERTED, DEVICE, TOKEN, CONSENT, LOGIN)
FORMS += (_form(csrf="⟦csrf⟧", grant_id="⟦grant⟧"), _form(user_code="BCDF-GHJK", csrf="⟦csrf⟧", decision="approve"))
BY_PATH: dict[str, tuple[Pairs, ...]] = {
    "token": (CODE, REFRESH, ASSERTED, DEVICE),
    "revoke": (TOKEN,),
    "introspect": (_form(token="⟦access⟧", client_id="⟦secret_client⟧", client_secret="⟦secret⟧"),),
    "par": (AUTHORIZATION,),
    "authorize": (AUTHORIZATION, _form(client_id="⟦client⟧", request_uri="⟦request_uri⟧")),
    "consent": (CONSENT,),
    "login": (LOGIN,),
    "logout": (_form(csrf="⟦csrf⟧"),),
    "disconnect": (_form(csrf="⟦csrf⟧", grant_id="⟦grant⟧"),),
    "device_authorization": (_form(client_id="⟦client⟧", scope="mcp", resource="⟦resource⟧"),),
    "device": (_form(user_code="BCDF-GHJK", csrf="⟦csrf⟧", decision="approve"),),
}
METADATA: dict[str, Any] = {
    "client_id": "⟦other_client⟧",
    "redirect_uris": ["https://client.example/callback", "http://127.0.0.1:33418/", "cursor://anysphere/cb"],
    "client_name": "Agent",
    "token_endpoint_auth_method": "none",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "scope": "mcp openid",
    "application_type": "native",
    "client_uri": "https://client.example/",
    "logo_uri": "https://client.example/logo.png",
    "client_name#de": "Agentin",
    "contacts": ["a@client.example"],
    "software_id": "s",
    "software_version": "1",
    "subject_type": "public",
    "id_token_signed_response_alg": "ES256",
}
GOOD_METADATA = {name: value for name, value in METADATA.items() if name != "client_id"}
KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "k"}
PROVING: tuple[dict[str, Any], ...] = (
    {"token_endpoint_auth_method": "client_secret_post"},
    {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [KEY]}},
    {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [KEY]}},
    {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://client.example/jwks.json"},
)
HEADERS: dict[str, tuple[str, ...]] = {
    "accept": ("text/html", "application/json", "text/event-stream", "*/*"),
    "authorization": (
        "Bearer ⟦access⟧",
        "Bearer ⟦id_token⟧",
        "Bearer ⟦registration_token⟧",
        "bearer  ⟦refresh⟧",
        "Basic ⟦basic⟧",
        "Basic Og==",
        "Basic /w==",
        "Basic",
        "Bearer",
        "DPoP x",
        "Negotiate \xff\xfe",
    ),
    "content-type": (
        FORM,
        f"{FORM}; charset=utf-16",
        JSON,
        "multipart/form-data",
        "text/plain",
        "application/json;\xff",
    ),
    "cookie": (
        "__Host-consentry=⟦session⟧",
        "consentry=⟦session⟧",
        "__Host-consentry=⟦session⟧; __Host-consentry=x",
        f'__Host-consentry="<{texts.MARK}>"',
        "__Host-consentry=\xff; =; ;;",
        "=" * 500,
    ),
    "host": (
        "consentry.example",
        "CONSENTRY.example:443",
        "reminders.mcp.example",
        "mcp.example",
        "evil.example",
        f"<{texts.MARK}>",
        "[",
        "a@b:c",
        "2130706433#.mcp.example",
        "\xff",
        "",
    ),
    "origin": (
        "https://consentry.example",
        "https://evil.example",
        "null",
        "http://[",
        "http://127.0.0.1:6274",
        "\xff",
    ),
    "sec-fetch-site": ("same-origin", "cross-site", "none", "x"),
    "sec-fetch-dest": ("document", "empty"),
    "access-control-request-headers": ("authorization, x-evil", "mcp-param-a,\xff", f"<{texts.MARK}>"),
    "access-control-request-method": ("POST", "X"),
    "if-none-match": ('"x"', "*", "W/\xff"),
    "if-modified-since": ("x", "Thu, 01 Jan 1970 00:00:00 GMT", "\xff"),
    "range": ("bytes=0-1", "bytes=9-1", "bytes=-" + "9" * 30, "x=,"),
    "x-forwarded-for": ("127.0.0.1", "<x>"),
    "x-forwarded-proto": ("http",),
    "x-forwarded-host": ("evil.example",),
    "forwarded": ("host=evil.example",),
    "mcp-session-id": ("x", "\xff"),
    "x-http-method-override": ("DELETE",),
}
# A header's value as a server passes it on: no line breaks, no NUL.
_value = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=20)
_header = st.sampled_from(sorted(HEADERS)).flatmap(
    lambda name: st.tuples(st.just(name), st.one_of(*[st.sampled_from(HEADERS[name])] * 3, _value))
)


@st.composite
def bent(draw: st.DrawFn, pairs: Pairs) -> Pairs:
    """A form, mostly whole: some members are left out, given twice, or hold something else."""
    changed = list(pairs)
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 1, 1, 2, 4)))):
        at = draw(st.integers(0, len(changed)))
        name = (
            changed[at][0]
            if at < len(changed)
            else draw(st.sampled_from(("x", "access_token", "\0", "request", "client_secret")))
        )
        match draw(st.sampled_from(("bend", "bend", "bend", "drop", "twice"))):
            case "bend":
                changed[at : at + 1] = [(name, draw(texts.text))]
            case "drop":
                changed[at : at + 1] = []
            case _:
                changed.append((name, draw(texts.text)))
    return tuple(changed)


@st.composite
def metadata(draw: st.DrawFn) -> dict[str, Any]:
    """Client metadata, bent."""
    names = draw(st.lists(st.sampled_from(sorted(METADATA)), max_size=8))
    chosen = {name: METADATA[name] for name in ("redirect_uris", "token_endpoint_auth_method", "client_id", *names)}
    if draw(st.booleans()):
        chosen |= draw(st.sampled_from(PROVING))
    for name in draw(st.lists(st.sampled_from(sorted(METADATA)), max_size=2)) if draw(st.booleans()) else ():
        chosen[name] = draw(texts.json)
    if "jwks" in chosen:
        bent_key = KEY | {
            draw(st.sampled_from(("kid", "kid", "kid", "x", "kty", "use", "alg", "n", "e"))): draw(texts.json)
        }
        chosen["jwks"] = {"keys": [bent_key, KEY]}
    return chosen


def registration(prefix: str) -> Ask:
    """A good one, as a client makes it."""
    headers = (*PROGRAM, ("content-type", JSON))
    return Ask("POST", f"{prefix}/register", (), headers, raw_json(GOOD_METADATA))


def raw_json(value: Any) -> bytes:
    """As a client writes it that keeps to no standard: Infinity, NaN and lone surrogates included."""
    return json.dumps(value).encode()


def _bodies(path: str) -> st.SearchStrategy[Any]:
    own = BY_PATH.get(path.rstrip("/").rpartition("/")[2], FORMS)
    form = st.one_of(*[st.sampled_from(own).flatmap(bent)] * 4, st.sampled_from(FORMS).flatmap(bent))
    odd = st.one_of(
        st.binary(max_size=30), texts.octets, st.just(b"[" * 9000), st.just(b"a=b&" * 100), texts.json.map(raw_json)
    )
    if "register" in path:
        return st.one_of(*[metadata().map(raw_json)] * 4, odd)
    return st.one_of(*[form] * 4, odd)


@st.composite
def asks(draw: st.DrawFn, paths: tuple[str, ...]) -> Ask:
    """A request for one of the paths, in which `{…}` stands for whatever a route takes there."""
    deep: list[str] = [
        path for path in paths if _posts(path) or path.endswith(("/authorize", "{client_id}", "/userinfo"))
    ]
    pattern = draw(st.sampled_from((*(deep * 8), *paths)))
    path = pattern
    while "{" in path:
        before, _, after = path.partition("{")
        likely = "⟦other_client⟧" if "client_id" in pattern else "reminders"
        odd = draw(st.integers(0, 3)) == 0
        path = before + (draw(texts.text).replace("{", "") if odd else likely) + after.partition("}")[2]
    if draw(st.integers(0, 30)) == 0:
        path += draw(st.sampled_from(("/", "//", "/.", "\0", "/../x", f"<{texts.MARK}>")))
    method = "POST" if _posts(pattern) else "GET"
    if "{client_id}" in pattern:
        method = draw(st.sampled_from(("GET", "PUT", "PUT", "DELETE")))
    if draw(st.integers(0, 11)) == 0:
        method = draw(st.sampled_from(METHODS))
    body = draw(_bodies(pattern)) if method not in {"GET", "HEAD"} else b""
    headers = draw(_headers(pattern, with_body=bool(body)))
    return Ask(method, path, draw(_queries(pattern, method)), headers, body)


def _posts(path: str) -> bool:
    return path.rpartition("/")[2] in {"register", *BY_PATH} and not path.endswith("/authorize")


@st.composite
def _queries(draw: st.DrawFn, pattern: str, method: str) -> str | Pairs:
    if pattern.endswith("/authorize") and method in {"GET", "HEAD"}:
        return draw(st.sampled_from(BY_PATH["authorize"]).flatmap(bent))
    match draw(st.integers(0, 7)):
        case 0:
            return draw(texts.octets)
        case 1:
            return ((draw(st.sampled_from(("next", "access_token", "ended", "x"))), draw(texts.text)),)
        case _:
            return ()


@st.composite
def _headers(draw: st.DrawFn, pattern: str, *, with_body: bool) -> Pairs:
    headers = {"host": draw(st.sampled_from(("⟦host⟧", "⟦host⟧", "⟦mcp_host⟧")))}
    if draw(st.booleans()):
        headers |= {"cookie": HEADERS["cookie"][0], "accept": "text/html"}
    if with_body:
        headers["content-type"] = JSON if "register" in pattern else FORM
    if any(word in pattern for word in ("{client_id}", "/mcp", "userinfo")):
        headers["authorization"] = "Bearer ⟦registration_token⟧" if "register" in pattern else "Bearer ⟦access⟧"
    odd = draw(st.sampled_from((0, 0, 0, 1, 1, 2)))
    changed = headers | dict(draw(_header) for _ in range(odd))
    doubled = [draw(_header)] if draw(st.integers(0, 15)) == 0 else []
    return (*changed.items(), *doubled)


def basic(octets: bytes) -> str:
    """An Authorization header with anything at all in it."""
    return f"Basic {b64encode(octets).decode()}"
