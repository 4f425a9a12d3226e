"""The play: from a 401 to a tool's result, through refreshes and a lost registration, to the end of the connection."""

from dataclasses import dataclass, replace

import httpx2
from dev.simulators import tokens as token_endpoint
from dev.simulators.authorization import Answer, Identity, StaleError, authorization_url, authorize, identify
from dev.simulators.client import Registration
from dev.simulators.conversation import Conversation
from dev.simulators.discovery import Challenge, Place, discover, read_challenge
from dev.simulators.person import Person
from dev.simulators.tokens import RefusedError, Tokens, spoiled
from dev.simulators.wire import GotStuckError, Wire, origin_of

CONNECT, REFRESH, LOST, ENDED = "connects", "refreshes", "is forgotten", "is disconnected"


@dataclass(slots=True)
class Play:
    """One client against one MCP URL. `person` sits at the client's machine; `owner` is the same account elsewhere, who
    finds `account_url` below the issuer."""

    wire: Wire
    url: str
    person: Person
    owner: Person
    account_url: str = ""
    place: Place | None = None
    identity: Identity | None = None

    async def run(self) -> None:
        """All acts; GotStuckError where the client does not get on."""
        self.wire.act = CONNECT
        place = self.place = await self._find()
        self.account_url = self.account_url or f"{place.issuer or origin_of(self.url)}/account"
        before = await self.owner.connected(self.account_url)
        self.identity = await identify(self.wire, place)
        tokens = await self._sign_in(place, self.identity)
        for _ in range(self.wire.client.sessions):
            await self._use(tokens)
        self.wire.act = REFRESH
        tokens = await self._refresh(place, self.identity, tokens)
        if isinstance(self.wire.client.identity, Registration):
            self.wire.act = LOST
            tokens = await self._lost(place, self.identity, tokens)
        self.wire.act = ENDED
        await self._ended(place, tokens, before)

    async def _find(self) -> Place:
        """Knocks as often as this client does, and finds the way from what it is told."""
        challenge = Challenge(None, None)
        for opening in self.wire.client.opening:
            if opening == "metadata":
                await discover(self.wire, self.url, challenge)
            else:
                challenge = read_challenge(await Conversation(self.wire, self.url).knock(opening))
        return await discover(self.wire, self.url, challenge)

    async def _sign_in(self, place: Place, identity: Identity) -> Tokens:
        answer: Answer = await authorize(self.wire, place, identity, self.person)
        return await token_endpoint.exchange(self.wire, place, identity, answer)

    async def _use(self, tokens: Tokens) -> None:
        said = await Conversation(self.wire, self.url, tokens.access).talk()
        self.wire.note("MCP", said)

    async def _refresh(self, place: Place, identity: Identity, tokens: Tokens) -> Tokens:
        habit = self.wire.client.refreshing
        for times in ([1] if habit.at_start else []) + ([habit.in_a_row] if habit.clock else []):
            for _ in range(times):
                await self.wire.stage.let_pass(max(tokens.expires_in - habit.lead, 0))
                tokens = await self._refresh_once(place, identity, tokens)
        if await self.wire.stage.let_pass(tokens.expires_in):
            old = tokens
        else:
            old = spoiled(tokens)
            self.wire.note(
                "nobody moves this server's clock", "a token that it does not know stands for an expired one"
            )
        await self._refused(old)
        if not habit.on_401:
            tokens = await self._sign_in(place, identity)
            self.wire.note("it never refreshes on a 401", "signed in anew with the stored client_id")
        else:
            tokens = await self._refresh_once(place, identity, tokens)
        await self._use(tokens)
        return tokens

    async def _refresh_once(self, place: Place, identity: Identity, tokens: Tokens) -> Tokens:
        """Whichever of parallel answers it keeps: the refresh token is the same, and every access token works."""
        answers = await token_endpoint.refresh(self.wire, place, identity, tokens)
        if len({answer.refresh for answer in answers}) != 1:
            raise GotStuckError("parallel refreshes came back with different refresh tokens")
        for answer in answers:
            await self._accepted(answer)
        return answers[-1]

    async def _lost(self, place: Place, identity: Identity, tokens: Tokens) -> Tokens:
        """The server knows the registration no longer: it was removed, or the client came from elsewhere."""
        client = self.wire.client
        if await self.wire.stage.forget(identity.client_id):
            stale = identity
            await self._refused(tokens)
        else:
            stale = replace(identity, client_id=f"{identity.client_id}x")
            self.wire.note("nobody takes its client_id from this server", "one that it does not know stands for it")
        try:
            await token_endpoint.refresh(self.wire, place, stale, tokens)
        except RefusedError as refused:
            if refused.error != "invalid_client":
                raise GotStuckError(
                    f"a lost registration is {refused.error}, and only invalid_client heals it"
                ) from refused
        else:
            raise GotStuckError("a lost registration refreshes all the same")
        if client.preflight:
            await self._preflight(place, stale)
        elif not client.heals:
            _, url, _ = authorization_url(client, place, stale)
            said = await self.person.stopped(url, stale.redirect_uri)
            self.wire.note("it keeps the stale client_id; the person reads", said)
        if stale is identity or client.heals:
            self.identity = identity = await identify(self.wire, place)
            tokens = await self._sign_in(place, identity)
            await self._accepted(tokens)
        return tokens

    async def _preflight(self, place: Place, stale: Identity) -> None:
        try:
            await authorize(self.wire, place, stale, self.person)
        except StaleError:
            return
        raise GotStuckError("the authorization page itself did not say that the registration is gone")

    async def _ended(self, place: Place, tokens: Tokens, before: frozenset[str]) -> None:
        """The owner presses Disconnect: seen at the very next call, and at the next refresh."""
        identity = self.identity
        if identity is None:
            raise GotStuckError("there is no identity to go on with")
        await self._disconnect(before)
        await self._refused(tokens)
        if self.wire.client.refreshing.on_401:
            try:
                await token_endpoint.refresh(self.wire, place, identity, tokens)
            except RefusedError as refused:
                if refused.error != "invalid_grant":
                    raise GotStuckError(f"an ended connection is {refused.error}, not invalid_grant") from refused
            else:
                raise GotStuckError("an ended connection refreshes all the same")
        if not self.wire.client.signs_in_anew:
            self.wire.note("it stays where it is on invalid_grant", "until the person starts it again")
        tokens = await self._sign_in(place, identity)
        await self._use(tokens)
        await self._disconnect(before)
        await self._refused(tokens)

    async def _disconnect(self, before: frozenset[str]) -> None:
        mine = await self.owner.connected(self.account_url) - before
        if not mine:
            raise GotStuckError("the owner's account page does not show the connection")
        await self.owner.disconnect(self.account_url, mine)
        if await self.owner.connected(self.account_url) & mine:
            raise GotStuckError("the connection is still there after Disconnect")
        self.wire.note("the owner presses Disconnect", f"{len(mine)} connection(s) ended")

    async def _accepted(self, tokens: Tokens) -> None:
        response = await self._call(tokens)
        if response.status_code in {401, 403}:
            raise GotStuckError("the gateway refuses a token that was just issued")

    async def _refused(self, tokens: Tokens) -> None:
        read_challenge(await self._call(tokens))

    async def _call(self, tokens: Tokens) -> httpx2.Response:
        opening = "server/discover" if self.wire.client.era == "2026-07-28" else "initialize"
        return await Conversation(self.wire, self.url, tokens.access).ask(opening)
