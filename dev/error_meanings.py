"""What each error code of the protocol means for whoever meets it, and what to do next."""

from consentry.spec import jsonrpc

# The numbers of the gateway's own JSON-RPC errors.
NUMBERS: dict[int, tuple[str, str]] = {
    jsonrpc.PARSE_ERROR: (
        "The body is no JSON that can be read.",
        "Mend the client, or whatever changes its requests on the way.",
    ),
    jsonrpc.INVALID_REQUEST: (
        "The request is JSON, but no message as MCP wants it here.",
        "Do as the message says; most clients never see this.",
    ),
    jsonrpc.INVALID_PARAMS: (
        "The call names no tool, or one that this access does not open.",
        "List the tools anew. Where the status is 403, ask the owner of the deployment for the scope.",
    ),
    jsonrpc.INTERNAL_ERROR: (
        "The gateway or the MCP server behind it could not do its work.",
        "Try again; if it stays so, give the operator the request number.",
    ),
    jsonrpc.HEADER_MISMATCH: (
        "MCP 2026-07-28: a header (`Mcp-Method`, `Mcp-Name`, `Mcp-Param-…`) and the body say different things.",
        "Mend the client, or the proxy that rewrites its headers.",
    ),
    jsonrpc.UNSUPPORTED_VERSION: (
        "The client speaks a revision of MCP that is not served here; the data name those that are.",
        "Use a client of one of those; most choose by themselves.",
    ),
    jsonrpc.RATE_LIMITED: (
        "The plan of the deployment's owner allows no more calls just now.",
        "Wait for as long as `Retry-After` says, or ask the owner for another plan.",
    ),
}
MEANINGS: dict[str, tuple[str, str]] = {
    "access_denied": (
        "Somebody said no: the person pressed Deny, or the MCP server is not open to their account.",
        "If Deny was a mistake, connect again. If the account is not let in, sign in with another, or ask the owner.",
    ),
    "authorization_pending": (
        "A device asks for its tokens, and the person has not entered its code yet. It is no failure.",
        "Go on asking, no more often than the `interval` says; the person has until `expires_in`.",
    ),
    "consent_required": (
        "The client asked to connect without showing a page (`prompt=none`), and nobody has approved it.",
        "Start again without `prompt=none`.",
    ),
    "expired_token": (
        "The device waited too long: its code has expired.",
        "Start again on the device, and enter the new code.",
    ),
    "insufficient_scope": (
        "The access token is good, but this call needs more than was approved.",
        "Ask for approval again with the scopes that the challenge names. Clients that step up do so by themselves.",
    ),
    "interaction_required": (
        "The client asked to connect without showing a page (`prompt=none`), and the person has to choose.",
        "Start again without `prompt=none`.",
    ),
    "invalid_client": (
        "The client_id is not known here, or the client could not prove that it is the one it says.",
        (
            "Remove the connection in the application and add it again with the MCP URL, so that it registers anew."
            " With a secret: compare it, or have a new one made by `consentry client rotate-secret`."
        ),
    ),
    "invalid_client_metadata": (
        "A registration has a member that cannot be accepted; the description names it.",
        "Mend that member and register again; what the server offers stands in its metadata.",
    ),
    "invalid_grant": (
        (
            "The code or refresh token cannot be used (any more): it expired, was used already, was issued to another,"
            " or the access was ended. So it is too when `code_verifier` or `redirect_uri` are not those of before."
        ),
        (
            "Forget the tokens and connect again. A code is good once; keep the `code_verifier` of the very request"
            " that the code answers, and send `redirect_uri` as it was."
        ),
    ),
    "invalid_redirect_uri": (
        "A registration names a redirect URI that cannot be accepted.",
        (
            "Use https, a loopback address (`http://127.0.0.1` or `http://localhost`, any port) or a scheme of the"
            " application's own, without fragment."
        ),
    ),
    "invalid_request": (
        "A parameter is missing, given twice or malformed; the description names it.",
        "Mend the client. Every authorization needs PKCE: `code_challenge` with `code_challenge_method=S256`.",
    ),
    "invalid_scope": (
        "The scope is malformed, or more than may be asked for.",
        "Ask for scopes of the resource's metadata (`scopes_supported`), or leave `scope` out for the usual ones.",
    ),
    "invalid_target": (
        "`resource` is no MCP server of this installation, or another one than the access is for.",
        "Send the MCP URL as the resource's metadata says it, character for character.",
    ),
    "invalid_token": (
        "The access token is unknown, expired, ended, or for another MCP server.",
        "Use the refresh token to get a new one; where that is refused too, connect again.",
    ),
    "login_required": (
        "The client asked to connect without showing a page (`prompt=none`), and the person is not signed in.",
        "Start again without `prompt=none`.",
    ),
    "request_not_supported": (
        "The request came as a signed object (`request`), which is not taken here.",
        "Send its parameters plainly, or push them to `/par` first.",
    ),
    "request_uri_not_supported": (
        "`request_uri` is not one that `/par` gave out.",
        "Push the request to `/par`, and use the `request_uri` from the answer.",
    ),
    "server_error": (
        "Something broke on the server's side.",
        "Try again in a minute; if it happens again, tell the operator the request number.",
    ),
    "slow_down": (
        "A device asks for its tokens too often.",
        "Wait five seconds longer between requests from now on.",
    ),
    "temporarily_unavailable": (
        "Too many requests, or the server cannot answer just now.",
        "Wait for as long as `Retry-After` says, then send the same request again. Tokens stay as they are.",
    ),
    "unauthorized": (
        "There was no access token with the call. It is how every client begins.",
        "Connect: the challenge's `resource_metadata` says where. A client that stops here does not know OAuth.",
    ),
    "unauthorized_client": (
        "The client is known, but may not do this: it waits for approval, or registered for something else.",
        "Ask the operator to approve it, or register again with the `grant_types` that are needed.",
    ),
    "unsupported_grant_type": (
        "`grant_type` is none that this server offers.",
        "Use one of `grant_types_supported` in the server's metadata.",
    ),
    "unsupported_response_type": (
        "Only the authorization code flow is offered here.",
        "Send `response_type=code`.",
    ),
    "unsupported_token_type": (
        "Tokens of this kind cannot be revoked.",
        "Revoke the refresh token, which ends the access tokens with it.",
    ),
}
