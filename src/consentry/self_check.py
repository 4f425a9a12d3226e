"""What the installation says of itself is true: each URL in its metadata is asked for, and each offer looked up."""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, get_args
from urllib.parse import urlsplit

from consentry.addresses import Addresses
from consentry.clients.model import AuthMethod
from consentry.grants.token import GRANTS
from consentry.spec import jose, pkce, uris
from consentry.spec.metadata import OAUTH_SERVER, OPENID_CONFIGURATION

Scope = MutableMapping[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]
Document = Mapping[str, Any]

SPOOFED = "spoofed.invalid"
# What is offered by members whose names end so, beside what the code can do.
OFFERS: Mapping[str, frozenset[str]] = {
    "grant_types_supported": frozenset(GRANTS),
    "endpoint_auth_methods_supported": frozenset(get_args(AuthMethod)),
    "endpoint_auth_signing_alg_values_supported": frozenset(jose.ALGORITHMS),
    "code_challenge_methods_supported": frozenset(pkce.METHODS),
    "response_types_supported": frozenset({"code"}),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence for the operator. Where it is `grave`, the program contradicts itself and must not start."""

    sentence: str
    grave: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Document | None:
        """The JSON object that a 200 carries."""
        if self.status != 200 or self.headers.get("content-type") != "application/json":
            return None
        found = json.loads(self.body)
        return found if isinstance(found, dict) else None


async def examine(app: App, addresses: Addresses, slugs: Sequence[str], proxies: Sequence[str]) -> list[Finding]:
    """Asks the application in process. `slugs` are the deployments' behind the gateway."""
    documents: dict[str, Document] = {}
    findings = []
    root = addresses.mcp_root(slugs[0] if slugs else "any")
    for url in _places(addresses, root):
        found = (await ask(app, "GET", url)).document()
        if found is None:
            findings.append(Finding(f"Clients look for metadata at {url}, and none is there."))
        else:
            documents[url] = found
    for url, document in documents.items():
        findings += _issuer(addresses, url, document)
        findings += _offers(document)
    findings += await _endpoints(app, (f"{addresses.issuer}/", f"{root}/authorize"), documents.values())
    findings += [finding for slug in slugs[:1] for finding in await _resource(app, addresses, slug)]
    findings += [Finding(fault, grave=False) for slug in slugs if (fault := addresses.slug_fault(slug))]
    return list(dict.fromkeys([*findings, *await _proxies(app, addresses, proxies), *_reach(addresses)]))


def plans(given: Iterable[str], there: Iterable[str]) -> list[Finding]:
    """An account whose plan nobody knows would be let through without end, or kept out without a word."""
    return [
        Finding(
            f"Accounts have the plan {name}, which the setting plans does not know: put it back, or `account set-plan`."
        )
        for name in given
        if name not in set(there)
    ]


def secret_key(opens: Iterable[bool]) -> list[Finding]:
    """Whoever mistypes it is told at once, and not by people who cannot get past their second factor."""
    if all(opens):
        return []
    sentence = (
        "Signing keys that are published were sealed under another secret_key, and what else it sealed does not open "
        "either, second factors and headers of upstreams among it: put that key into secret_key behind the first."
    )
    return [Finding(sentence, grave=False)]


def mail(signup: str, *, sent: bool) -> list[Finding]:
    """Open sign-up proves addresses by mail."""
    if signup != "open" or sent:
        return []
    sentence = "signup is open, and nobody can make an account: no mail is sent before smtp_url is set."
    return [Finding(sentence, grave=False)]


def _places(addresses: Addresses, mcp_root: str) -> Iterator[str]:
    """RFC 8414 §3.1 and OpenID Connect Discovery §4.1, in the order in which clients try them; then ADR 21."""
    yield uris.insert_well_known(addresses.issuer, OAUTH_SERVER)
    yield uris.insert_well_known(addresses.issuer, OPENID_CONFIGURATION)
    yield uris.append_well_known(addresses.issuer, OPENID_CONFIGURATION)
    yield uris.insert_well_known(mcp_root, OAUTH_SERVER)


def _issuer(addresses: Addresses, url: str, document: Document) -> Iterator[Finding]:
    named = document.get("issuer")
    if named != addresses.issuer:  # RFC 8414 §3.3: clients compare them, character for character
        yield Finding(f"{url} names the issuer {named}, and public_url is {addresses.issuer}.")


def _offers(document: Document) -> Iterator[Finding]:
    for member, offered in document.items():
        for ending, built in OFFERS.items():
            if member.endswith(ending):
                for value in sorted(set(offered) - built):
                    yield Finding(f"The metadata offers {value} in {member}, and nothing here does that.")


async def _endpoints(app: App, below: tuple[str, ...], documents: Iterable[Document]) -> list[Finding]:
    named = {(member, url) for document in documents for member, url in document.items() if _is_endpoint(member)}
    findings = []
    for member, url in sorted(named):
        if not url.startswith(below):
            findings.append(Finding(f"The metadata names {url} as {member}, which is not below public_url."))
            continue
        answer = await ask(app, "GET", url)
        if answer.status in {404, 421} or answer.status >= 500:
            findings.append(Finding(f"The metadata names {url} as {member}, and it answers {answer.status}."))
        elif member == "jwks_uri" and not (answer.document() or {}).get("keys"):
            findings.append(Finding(f"{url} publishes no key, and the metadata offers signatures."))
    return findings


def _is_endpoint(member: str) -> bool:
    return member.endswith("_endpoint") or member == "jwks_uri"


async def _resource(app: App, addresses: Addresses, slug: str) -> list[Finding]:
    """The way that a client walks which knows the MCP URL alone: RFC 9728 §5."""
    url, metadata = addresses.mcp_url(slug), addresses.resource_metadata_url(slug)
    refused = await ask(app, "POST", url)
    challenge = refused.headers.get("www-authenticate", "")
    if refused.status != 401 or f'resource_metadata="{metadata}"' not in challenge:
        return [Finding(f"{url} does not ask for a token as clients need it: it answers {refused.status}.")]
    described = (await ask(app, "GET", metadata)).document() or {}
    if (described.get("resource"), described.get("authorization_servers")) != (url, [addresses.issuer]):
        return [Finding(f"{metadata} does not describe {url}, though the challenge says so.")]
    return []


async def _proxies(app: App, addresses: Addresses, proxies: Sequence[str]) -> list[Finding]:
    if addresses.secure and not proxies:
        said = (
            "public_url is https, and trusted_proxies names no proxy: whoever speaks TLS in front of this server is "
            "taken for every visitor, in limits and in records. Set trusted_proxies to its address."
        )
        return [Finding(said, grave=False)]
    url = uris.insert_well_known(addresses.issuer, OAUTH_SERVER)
    forwarded = {"x-forwarded-host": SPOOFED, "x-forwarded-proto": "http", "forwarded": f"host={SPOOFED}"}
    for proxy in proxies:
        answer = await ask(app, "GET", url, forwarded, str(ip_network(proxy)[0]))
        if (answer.document() or {}).get("issuer") != addresses.issuer:
            return [Finding(f"What the proxy {proxy} forwards changes the issuer, which is public_url alone.")]
    return []


def _reach(addresses: Addresses) -> Iterator[Finding]:
    """What hosted clients cannot reach: they call port 443, and the largest of them over IPv4 alone."""
    if not addresses.secure:
        return
    for setting, url in (("public_url", addresses.issuer), ("mcp_url", addresses.mcp_url("any"))):
        parts = urlsplit(url)
        if parts.port is not None or ":" in (parts.hostname or ""):
            said = f"{setting} has a port of its own or an IPv6 address: Claude.ai and ChatGPT need port 443 on IPv4."
            yield Finding(said, grave=False)


async def ask(
    app: App, method: str, url: str, headers: Mapping[str, str] | None = None, client: str | None = None
) -> Answer:
    """One request to an ASGI application, as if it had come for that URL. `client` is the address it comes from."""
    parts = urlsplit(url)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": parts.path or "/",
        "raw_path": (parts.path or "/").encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), text.encode()) for name, text in {"host": parts.netloc, **(headers or {})}.items()],
        "client": (client, 0) if client else None,
        "server": None,
    }
    status, received, body = 500, {}, b""

    async def receive() -> Scope:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Scope) -> None:
        nonlocal status, received, body
        if message["type"] == "http.response.start":
            status = message["status"]
            received = {name.decode("latin-1").lower(): text.decode("latin-1") for name, text in message["headers"]}
        else:
            body += message.get("body", b"")

    await app(scope, receive, send)
    return Answer(status, received, body)
