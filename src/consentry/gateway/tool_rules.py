"""Scopes to tools: which calls a token may make, and which tools it is shown (ADR 23)."""

from collections.abc import Awaitable
from dataclasses import dataclass

from consentry.deployments.scope_map import depends_on_effect, may_call, missing
from consentry.gateway import envelope, listing, message
from consentry.gateway.envelope import Envelope
from consentry.gateway.known_tools import UNKNOWN, KnownTools, Tools
from consentry.gateway.message import Body
from consentry.gateway.model import Decision, Forward, Request, Stop
from consentry.spec import scopes
from consentry.spec.challenge import Challenge
from consentry.spec.jsonrpc import INTERNAL_ERROR, INVALID_PARAMS

_CALL, _LIST = "tools/call", "tools/list"
_SILENT = "The MCP server behind this deployment does not say what its tools do: try again, or tell its owner."


@dataclass(frozen=True, slots=True)
class ToolRules:
    """A policy. The body is read only where a scope of the token does not open every tool, or lists are filtered."""

    tools: KnownTools

    def settles(self, request: Request, forward: Forward) -> bool:
        if not self.needs_body(request, forward):
            return True
        kind = envelope.kind(request)
        return kind is not None and not _looks_up(kind.tool, envelope.of(request), forward)

    def needs_body(self, request: Request, forward: Forward) -> bool:
        return request.method == "POST" and (forward.target.hide_tools or _limited(forward))

    def judge(self, request: Request, forward: Forward, now: int) -> Decision | Awaitable[Decision]:
        if request.body is None or not self.needs_body(request, forward):
            # What a broken stream did not deliver comes by GET in the older revisions, lists of tools among it.
            resumed = request.method == "GET" and forward.target.hide_tools and _limited(forward)
            return listing.filtered(forward, private=False) if resumed else forward
        said = envelope.of(request)
        body = said.unreadable or message.of(request)
        if isinstance(body, Stop):
            return body
        if fault := envelope.check(said, body):
            return fault
        names = _asked_about(said, forward, body)
        tools = self.tools.recall(forward.target, names) if names else {}
        if tools is None:
            return self._find(said, forward, body, names)
        return verdict(said, forward, body, tools)

    async def _find(self, said: Envelope, forward: Forward, body: Body, names: frozenset[str]) -> Decision:
        tools = await self.tools.find(forward.target, names)
        if tools is None:
            return Stop(502, _SILENT, code=INTERNAL_ERROR, id=body.id)
        return verdict(said, forward, body, tools)


def verdict(said: Envelope, forward: Forward, body: Body, tools: Tools) -> Decision:
    """`tools` are those of whose calls the name alone does not tell enough.

    A batch is judged call by call and passes whole or not at all: only a 403 makes a client ask for more, and half of a
    batch that ran would run again.
    """
    target, granted = forward.target, forward.access.scope
    lacking: scopes.Scope = frozenset()
    for one in body.messages:
        if one.method != _CALL:
            continue
        if one.tool is None:
            return Stop(400, "A call of a tool names it, as a string: mend the client.", code=INVALID_PARAMS, id=one.id)
        known = tools.get(one.tool, UNKNOWN)
        if known.schema is not None and (fault := envelope.check_params(said, one, known.schema)):
            return fault
        more = missing(one.tool, known.effect, granted | lacking, target.scopes)
        if more is None:
            sentence = "No scope of this deployment opens that tool: ask its owner, or call another."
            return Stop(403, sentence, code=INVALID_PARAMS, id=one.id)
        lacking |= more
    if lacking:
        return _step_up(forward, _least(forward, body, tools, lacking))
    if target.hide_tools and any(one.method == _LIST for one in body.messages):
        return listing.filtered(forward, private=said.revision == envelope.STATELESS)
    return forward


def _least(forward: Forward, body: Body, tools: Tools, lacking: scopes.Scope) -> scopes.Scope:
    """Of what was found call by call, what is needed in whatever order the calls stand: a scope that was found for one
    may open another as well."""
    if len(lacking) == 1:
        return lacking
    granted, scope_map = forward.access.scope, forward.target.scopes
    calls = [
        (one.tool, tools.get(one.tool, UNKNOWN).effect) for one in body.messages if one.method == _CALL and one.tool
    ]
    for scope, _ in scope_map.entries:
        others = lacking - {scope}
        if all(may_call(tool, effect, granted | others, scope_map) for tool, effect in calls):
            lacking = others
    return lacking


def _asked_about(said: Envelope, forward: Forward, body: Body) -> frozenset[str]:
    """The tools that are called, as far as more than their names has to be known."""
    return frozenset(
        [
            one.tool
            for one in body.messages
            if one.method == _CALL and one.tool is not None and _looks_up(one.tool, said, forward)
        ]
    )


def _looks_up(tool: str, said: Envelope, forward: Forward) -> bool:
    return said.mirrors_params or depends_on_effect(tool, forward.access.scope, forward.target.scopes)


def _limited(forward: Forward) -> bool:
    return forward.target.scopes.unlimited.isdisjoint(forward.access.scope)


def _step_up(forward: Forward, lacking: scopes.Scope) -> Challenge:
    """MCP 2026-07-28 (SEP-2350): what is needed together with what was granted, since a client asks for just that."""
    known = forward.target.scopes.names | scopes.IDENTITY
    return Challenge(
        forward.target.resource_metadata,
        (forward.access.scope & known) | lacking,
        "insufficient_scope",
        "This call needs more than was approved: ask for approval again, with the scopes named here.",
    )
