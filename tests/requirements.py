"""What the wire asks of us: each line is proven by a test that names its id, or deferred with a reason."""

from dataclasses import dataclass

RANGES = {"A": 17, "B": 23, "C": 27, "D": 29, "E": 13, "F": 15, "G": 21, "H": 9}

# id | level | sentence | source
# O21 is OAuth 2.1 (draft-ietf-oauth-v2-1), MCP25 and MCP26 the revisions 2025-11-25 and 2026-07-28,
# CIMD the Client ID Metadata Document draft, SDK what a client's own code was seen to do.
_LINES = """
A1 | MUST | RFC 8414 metadata and OpenID discovery are both served | MCP26
A2 | MUST | issuer is, code point for code point, the URL its well-known address is made of | RFC 8414 §3.3
A3 | MUST | an issuer with a path answers at both inserted addresses and the appended one | MCP26
A4 | MUST | an issuer without a path answers at both root addresses | MCP26
A5 | MUST | S256 is advertised, plain is not | O21, MCP26
A6 | MUST | both endpoints and response_types_supported are named, as JSON | RFC 8414 §2
A7 | SHOULD | grant types, auth methods with none, scopes, revocation and registration are named | RFC 8414 §2
A8 | SHOULD | client_id_metadata_document_supported is true, and none is listed | CIMD, MCP26
A9 | MUST | authorization_response_iss_parameter_supported is true where iss is sent | RFC 9207 §3
A10 | MUST | discovery has jwks_uri, subject types and ID token algorithms | OpenID Discovery §3
A11 | SHOULD | private_key_jwt is listed together with its signing algorithms | RFC 8414 §2
A12 | MAY | offline_access stands in the server's scopes, never in a challenge's | MCP26 SEP-2207
A13 | MUST | a well-known document never redirects; an unknown one is 404 | SDK
A14 | MUST | every endpoint is https, loopback excepted | MCP26
A15 | SHOULD | metadata carries an ETag and may be cached for five minutes at most | SDK
A16 | MAY | signed_metadata, service_documentation, op_policy_uri, ui_locales_supported | RFC 8414 §2
A17 | MUST | no JSON answer has a null member | O21, SDK
B1 | MUST | pre-registration, metadata documents and dynamic registration all work | MCP26
B2 | SHOULD | a document's URL is https with a path, without dot segments, fragment or userinfo | CIMD
B3 | MUST | a metadata document answers 200 without redirect, and names its own URL | CIMD
B4 | MUST | a metadata document holds no secret and no method that shares one | CIMD
B5 | MUST NOT | a metadata document is fetched from a special-use address; the resolved one is pinned | CIMD
B6 | SHOULD | a metadata document is bounded in size and time, and only a valid one is cached | CIMD
B7 | SHOULD | a metadata document that fails is served stale, or from a pinned copy | SDK
B8 | SHOULD | consent shows the document's host, and its logo by our own address | CIMD
B9 | SHOULD NOT | a generated client_id starts with https:// | CIMD
B10 | MUST | registration answers 201, uncached, with all that was registered | RFC 7591 §3.2.1
B11 | MUST | a refused registration is 400 with the standard's code | RFC 7591 §3.2.2
B12 | MUST | a client that names no auth method is client_secret_basic and gets a secret | RFC 7591 §2
B13 | MUST | unknown metadata is ignored, unsupported grants are left out rather than refused | RFC 7591 §2
B14 | MUST | application_type native allows loopback and private schemes, web asks for https | MCP26 SEP-837
B15 | MUST | a redirect URI is https, loopback or an allowed private scheme, without fragment | O21, MCP26
B16 | SHOULD | a private scheme without a dot is refused unless it is on the list | O21
B17 | MAY | initial access tokens, software statements, an approval queue | RFC 7591 §3
B18 | MAY | a registration is read, changed and deleted with its own token | RFC 7592
B19 | MUST | at most 10 redirect URIs, each at most 500 characters | own limit
B20 | MUST | a client with a live grant is never collected, nor one that registers only once | SDK
B21 | MUST | a generated client_id and secret need no escaping in HTTP Basic | SDK
B22 | SHOULD | /register is limited by address, with allowance for shared ones | own limit
B23 | MUST | POST /register and /register/ are answered alike, without redirect | SDK
C1 | MUST | code_challenge with S256 is demanded; plain or none is invalid_request | O21, MCP26
C2 | MUST | a redirect URI matches exactly; on loopback the port may differ | O21, RFC 8252 §7.3
C3 | MUST NOT | a bad client_id or redirect_uri redirects; it gets a page | O21
C4 | MUST | state comes back byte for byte, with errors too | O21
C5 | SHOULD | iss is on every authorization response once, and equals the issuer | RFC 9207 §2
C6 | MUST | a repeated parameter is refused, an empty one is absent, an unknown one is ignored | O21
C7 | MUST | resource is taken, bound to the code, and invalid_target when unknown | RFC 8707 §2
C8 | MUST | a code works once, for ten minutes, for its client, URI, challenge, resource and account | O21
C9 | MUST NOT | the authorization endpoint sends CORS headers | O21
C10 | MUST | after a posted credential the redirect is 303, never 307 or 308 | RFC 9700 §4.12
C11 | MUST | sign-in and consent cannot be framed | O21, MCP26
C12 | MUST NOT | form-action in the policy stops the redirect to the client | SDK
C13 | MUST | sign-in and consent demand a CSRF token; the cookie is __Host-, Secure, HttpOnly, Lax | MCP26
C14 | MUST | consent names application, redirect host, scopes, resource and account | MCP26, O21, CIMD
C15 | SHOULD | consent warns where only loopback redirects are registered | MCP26
C16 | MUST | consent given before never stands in for a person's gesture | MCP26
C17 | MUST | sign-in by another provider keeps its own state, bound to the browser, after consent | MCP26
C18 | MUST | /authorize takes GET and POST | OpenID Core §3.1.2.1
C19 | MUST | prompt, max_age, nonce, login_hint and their kin are obeyed or ignored | OpenID Core §3.1.2.1
C20 | MUST | prompt=none answers login_required or consent_required | OpenID Core §3.1.2.6
C21 | MUST | a scope that is unknown or not permitted narrows the grant, and the answer says so | O21
C22 | SHOULD | guessing is slowed, accounts cannot be listed, sign-in changes the session id | RFC 9700
C23 | MUST | interactive pages are not stored and send no referrer | RFC 9700 §4.2.4
C24 | MUST | response_mode is query; fragment is not offered | OAuth Multiple Response Types §2.1
C25 | MAY | pushed authorization requests, single use | RFC 9126
C26 | MUST NOT | an unvalidated redirect_uri is followed, or a stranger's text becomes markup | RFC 9700 §4.11
C27 | SHOULD | people and operators see and end grants | O21
D1 | MUST | /token takes form posts and answers uncached JSON with Bearer and expires_in | O21
D2 | MUST | every token answer states scope | O21, SDK
D3 | MUST | the verifier is checked for form and match; otherwise invalid_grant | RFC 7636 §4.6
D4 | MUST | a verifier for a code that had no challenge is refused | RFC 9700 §4.8.2
D5 | MUST | a code is bound to its client; redirect_uri is compared where it is sent | O21
D6 | MUST | a replayed code ends its grant when all else is right, and changes nothing when not | O21
D7 | MUST | resource at /token lies within the grant, else invalid_target | RFC 8707 §2.2
D8 | MUST | a refused request spends neither code nor refresh token | SDK
D9 | MUST | a public client's refresh token rotates | MCP26, O21
D10 | MUST | a rotated refresh token that returns after the grace ends the grant | O21
D11 | MUST | a refresh token keeps its scope; a narrower request narrows the access token alone | O21
D12 | SHOULD | a refresh token ends when unused, and at 90 days | O21
D13 | MUST | a refresh token that is unknown, expired, ended or another's is exactly invalid_grant | O21
D14 | MUST | only an unknown or unauthenticated client is invalid_client, with a challenge after Basic | O21
D15 | MUST | client_secret_post and client_secret_basic work; both at once are refused | O21
D16 | SHOULD | a Basic credential is tried decoded and raw | SDK
D17 | SHOULD | a public client that sends Basic is let be, where no secret is stored | SDK
D18 | MAY | client authentication by private_key_jwt | RFC 7523
D19 | MAY | the client credentials grant, for confidential clients | O21
D20 | MAY | the device authorization grant | RFC 8628
D21 | MAY | the token exchange grant | RFC 8693
D22 | MAY | enterprise-managed authorization by ID-JAG | MCP SEP-990
D23 | MAY | access tokens bound to a key by DPoP | RFC 9449
D24 | MUST | an unknown grant is unsupported_grant_type, an unregistered one unauthorized_client | O21
D25 | MUST NOT | implicit and password grants exist | O21
D26 | MUST | secrets are beyond guessing and kept as digests | O21, RFC 9700
D27 | SHOULD | a client's fault is never a 5xx and always JSON | SDK
D28 | SHOULD | too many token requests are 429 with Retry-After, by client and grant | own limit
D29 | MUST | /token answers within 10 seconds, refresh within 30 | SDK
E1 | MUST | a JWT access token has typ at+jwt, an asymmetric alg and the claims of its profile | RFC 9068 §2
E2 | MUST | aud is the resource, character for character | RFC 8707, RFC 9068 §3
E3 | MUST | keys have a kid and rotate with overlap; no ID token passes as an access token | RFC 9068 §4
E4 | SHOULD | opaque access tokens end the moment they are revoked | own rule
E5 | MUST | revocation authenticates, searches whatever the hint, and is 200 for the unknown | RFC 7009 §2
E6 | SHOULD | revoking a refresh token ends its access tokens | RFC 7009 §2.1
E7 | MUST | introspection authenticates, and says of a dead token only that it is not active | RFC 7662 §2
E8 | SHOULD | a resource server sees only tokens of its audience | RFC 7662 §4
E9 | MUST | openid yields an ID token with nonce | OpenID Core §2
E10 | MUST | /userinfo answers GET and POST with sub and what the scopes allow | OpenID Core §5.3
E11 | SHOULD | /userinfo takes an access token of an MCP resource with scope openid | SDK
E12 | MAY | logout by the client, claims_supported, acr_values_supported | OpenID Connect
E13 | MUST NOT | a token stands in a URL, a log, a referrer or an error | MCP26, RFC 9700 §4.3
F1 | MUST | resource metadata is at the inserted and the appended address, naming a server | RFC 9728 §3.1
F2 | MUST | resource is the MCP URL as a person would paste it | RFC 9728 §3.3
F3 | SHOULD NOT | the root serves metadata of another resource | SDK
F4 | MUST | the first authorization server is the one to use | SDK
F5 | SHOULD | resource metadata names the default scopes, header bearer, and its name | RFC 9728 §2
F6 | MUST | no, bad or expired token: 401, Bearer first, an absolute resource_metadata | MCP26
F7 | SHOULD | the challenge names the scopes needed, without offline_access | MCP26 SEP-835
F8 | SHOULD NOT | the challenge has an error where no token was sent | RFC 6750 §3.1
F9 | MUST | too little scope: 403 insufficient_scope with all that the operation needs | MCP26
F10 | MUST | a granted parent scope satisfies its child | MCP26
F11 | SHOULD NOT | a description contains scope= or error= | SDK
F12 | MUST | without a token every method is 401, never 200, 404 or a redirect | SDK
F13 | MAY | initialize and tools/list may be open, tools/call not | SDK
F14 | MAY | signed_metadata, dpop_bound_access_tokens_required and kin | RFC 9728 §2
F15 | MUST | metadata and endpoints are at the MCP host's root for clients of 2025-03-26 | MCP 2025-03-26
G1 | MUST | a token of one deployment is 401 at another | MCP26
G2 | MUST | signature, iss, exp, nbf, typ and revocation are checked | RFC 9068 §4
G3 | MUST NOT | a token in the query is accepted | O21, MCP26
G4 | MUST | two tokens, or two ways at once, are 400 | RFC 6750 §2
G5 | MUST NOT | the client's token reaches the upstream | MCP26
G6 | MUST | hop-by-hop, forwarded and identity headers of the client are dropped | RFC 9110 §7.6.1
G7 | MUST | every request is authorized; a session id is bound to account and client | MCP26
G8 | MUST | an Origin that is not allowed is 403, none is fine | MCP25, MCP26
G9 | MUST | session-keeping revisions pass: POST, GET stream, DELETE, 202, 404, 400 | MCP25
G10 | MUST | 2026-07-28 passes, and its headers must agree with its body | MCP26
G11 | SHOULD | both eras are served on one URL | MCP26
G12 | MUST | event streams pass unbuffered, and a client that leaves cancels the upstream | MCP26
G13 | MUST | a private cache entry is kept by token | MCP26
G14 | MUST | an upstream's 401, 403 or failure never looks like ours | own rule
G15 | SHOULD | a long stream ends when its token or grant does | own rule
G16 | SHOULD | tools are hidden and denied by scope, with a step-up | MCP26
G17 | MUST | body, headers and depth are bounded, and malformed JSON is 400 -32700 | JSON-RPC 2.0 §5.1
G18 | MUST | an address that a stranger names cannot reach private networks | MCP26
G19 | SHOULD | elicitation by URL is bound to the signed-in person | MCP SEP-1036
G20 | MUST | slash, case and default port are forgiven inbound, and one spelling is sent | SDK
G21 | SHOULD | HEAD, OPTIONS and GET on the MCP endpoint never redirect | SDK
H1 | MUST | preflights are answered 204 wherever a browser client calls | SDK
H2 | MUST | the headers that MCP clients send are allowed | SDK
H3 | MUST | the headers that MCP clients read are exposed | SDK
H4 | MUST | errors carry CORS headers as well | SDK
H5 | MUST NOT | credentials are allowed together with any origin, or cookies set by an API | Fetch
H6 | SHOULD | HSTS, nosniff, no Server header, a request id | own rule
H7 | MUST | the issuer comes from settings; Host and forwarded headers only from known proxies | RFC 9700
H8 | SHOULD | the installation has a public IPv4 address and port 443 | SDK
H9 | SHOULD | health and metrics are served, without secrets | own rule
"""

_LOGOUT = "optional: both members are there; logout by the client would end no access it has, grants do (ADR 17)"

DEFERRED: dict[str, str] = {
    "C17": "nobody signs in by another provider yet: accounts are this program's own",
    "D21": "comes with token exchange, after the other grants",
    "D22": "comes with enterprise-managed authorization, after token exchange",
    "D23": "comes with DPoP, after JWT access tokens",
    "E12": _LOGOUT,
    "F13": "optional: a deployment is open as a whole (`--auth none`) or not at all",
    "F14": "optional; what concerns DPoP comes with it, and no known client reads the others",
    "G19": "an upstream's credential is its owner's: nobody is sent anywhere to give one of their own",
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of the checklist: `level` is the word of RFC 2119, `source` the text that asks for it."""

    id: str
    level: str
    sentence: str
    source: str


def _requirement(line: str) -> Requirement:
    name, level, sentence, source = line.split(" | ")
    return Requirement(name, level, sentence, source)


REQUIREMENTS: tuple[Requirement, ...] = tuple(_requirement(line) for line in _LINES.strip().splitlines())
KNOWN: frozenset[str] = frozenset(requirement.id for requirement in REQUIREMENTS)
