"""Clients that an operator makes, as `consentry client create` makes them."""

from dataclasses import dataclass
from typing import Any

from consentry.cli import creating
from consentry.clients.preregister import Wanted
from consentry.clients.register import Registered
from consentry.store.sql import Transaction
from tests.signing import TYPE, claims, signed
from tests.web.world import REDIRECT_URI, World


@dataclass(frozen=True)
class Made:
    """A client, and what it shows in a form."""

    id: str
    proof: dict[str, str]


async def made(here: World, slug: str | None = "reminders", **wanted: Any) -> Made:
    """One that acts for itself, unless `wanted` says otherwise."""
    asked = Wanted(**({"name": "Cron", "redirect_uris": (), "grant_types": ("client_credentials",)} | wanted))

    async def work(tx: Transaction) -> Registered:
        only = await tx.find_deployment_by_slug(slug) if slug else None
        return await creating.create(tx, here.installation, asked, only)

    registered = await here.installation.store.write(work)
    proof = {"client_id": registered.client.id}
    if registered.secret is not None:
        proof["client_secret"] = registered.secret.reveal()
    return Made(registered.client.id, proof)


async def connectable(here: World, **wanted: Any) -> Made:
    """One that people approve."""
    grants = ("authorization_code", "refresh_token")
    return await made(here, None, **({"redirect_uris": (REDIRECT_URI,), "grant_types": grants} | wanted))


async def bought(here: World, client: Made) -> dict[str, Any]:
    """The tokens of an approval."""
    code = await here.approve(client.id)
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": "v" * 43} | client.proof
    response = await here.token(**form)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def assertion(here: World, client_id: str, jti: str = "one") -> dict[str, str]:
    return {"client_assertion_type": TYPE, "client_assertion": signed(claims(client_id, now=here.clock(), jti=jti))}
