"""consentry account."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from consentry.accounts import administer, inviting, links, passwords, reset, second_factor
from consentry.accounts.inviting import Invitation
from consentry.accounts.model import Account, email_fault, email_key
from consentry.accounts.passwords import Passwords
from consentry.cli import opening
from consentry.cli.confirming import Yes, confirm
from consentry.cli.finding import account_of
from consentry.cli.grouping import group
from consentry.cli.later import Later
from consentry.cli.opening import Config, Json
from consentry.cli.output import Failure, say, show_facts, show_json, show_table, warn, when
from consentry.grants import removal, takeout
from consentry.installation import Installation
from consentry.limits.windows import this_month
from consentry.parts import account_terms
from consentry.settings import Settings
from consentry.store.sql import Transaction

app = group(
    "Accounts: the people who sign in and approve.",
    Later(
        "token",
        "personal_token:app",
        "Personal access tokens: what a person's own programs show.",
    ),
)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address they sign in with.", show_default=False)]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command()
def create(  # noqa: PLR0913 - one for each option
    email: Email,
    *,
    password_stdin: PasswordStdin = False,
    name: Annotated[str, typer.Option(metavar="NAME", help="What to call them.", show_default=False)] = "",
    verified: Annotated[bool, typer.Option("--verified", help="Take the address as verified.")] = False,
    operator: Annotated[bool, typer.Option("--operator", help="They run this installation.")] = False,
    plan: Annotated[
        str | None, typer.Option(metavar="PLAN", help="unlimited, free, pro, or another of the setting plans.")
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Make an account."""
    chosen = opening.load(config)
    opening.require_database(chosen)
    if plan is not None:
        _require_plan(plan, chosen)
    password = _password(password_stdin)
    if fault := administer.fault(email, name, password):
        raise Failure(fault)
    password_hash = Passwords().hash(password)

    async def work(tx: Transaction, here: Installation) -> Account:
        account = administer.make(
            email,
            name,
            password_hash,
            operator=operator,
            verified=verified,
            entropy=here.entropy,
            now=here.clock(),
        )
        account = replace(account, plan=plan)
        if await administer.create(tx, account):
            return account
        way = f"`consentry account set-password {email}` gives it a new password"
        raise Failure(f"There is an account {email} already: {way}.")

    _show(opening.write(config, work), as_json)


@app.command("list")
def list_(*, config: Config = None, as_json: Json = False) -> None:
    """Every account, oldest first, with the tool calls of its deployments in this calendar month (UTC)."""

    async def work(tx: Transaction, here: Installation) -> list[tuple[Account, int]]:
        now, used = here.clock(), await tx.list_usage()
        return [(one, this_month(used.get(one.id), now)) for one in await tx.list_accounts()]

    accounts = opening.read(config, work)
    if as_json:
        show_json([_json(one) | {"calls_this_month": calls} for one, calls in accounts])
        return
    default = opening.load(config).default_plan
    rows = [
        (one.email, one.name, _state(one), one.plan or default, str(calls), when(one.created_at))
        for one, calls in accounts
    ]
    empty = "There is no account yet: `consentry account create EMAIL` makes one."
    show_table(("EMAIL", "NAME", "STATE", "PLAN", "CALLS", "CREATED"), rows, empty)


@app.command()
def set_plan(
    email: Email,
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="One of the setting plans.", show_default=False)],
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Give an account another plan: how many tool calls its deployments may take. It holds from the next call on."""
    _require_plan(plan, opening.load(config))

    async def work(tx: Transaction, here: Installation) -> Account:
        await administer.set_plan(tx, await account_of(tx, email), plan, here.clock())
        return await account_of(tx, email)

    account = opening.write(config, work)
    if as_json:
        show_json(_json(account))
    else:
        say(f"{account.email} has the plan {account.plan}.")


@app.command()
def verify(email: Email, *, config: Config = None, as_json: Json = False) -> None:
    """Take an address as verified. Without, the account cannot sign in."""

    async def work(tx: Transaction, here: Installation) -> Account:
        await administer.verify(tx, await account_of(tx, email), here.clock())
        return await account_of(tx, email)

    _show(opening.write(config, work), as_json)


@app.command()
def disable(email: Email, *, config: Config = None, as_json: Json = False) -> None:
    """Disable an account. It cannot sign in any more, and what it approved ends at once."""

    async def work(tx: Transaction, here: Installation) -> tuple[Account, int]:
        ended = await removal.disable_account(tx, await account_of(tx, email), here.clock())
        return await account_of(tx, email), ended

    account, ended = opening.write(config, work)
    if as_json:
        show_json(_json(account) | {"grants_ended": ended})
    else:
        say(f"{account.email} is disabled. Connected applications ended: {ended}.")


@app.command()
def enable(email: Email, *, config: Config = None, as_json: Json = False) -> None:
    """Enable an account that was disabled. Applications that lost it have to ask again."""

    async def work(tx: Transaction, here: Installation) -> tuple[Account, bool]:
        enabled = await administer.enable(tx, await account_of(tx, email), here.clock())
        return await account_of(tx, email), enabled

    account, enabled = opening.write(config, work)
    if as_json:
        show_json(_json(account))
    else:
        say(f"{account.email} is enabled: it can sign in." if enabled else f"{account.email} was enabled already.")


@app.command()
def set_password(
    email: Email, *, password_stdin: PasswordStdin = False, config: Config = None, as_json: Json = False
) -> None:
    """Give an account a new password. Its browsers are signed out; its applications stay connected."""

    async def find(tx: Transaction, _here: Installation) -> Account:
        return await account_of(tx, email)

    account = opening.read(config, find)
    password = _password(password_stdin)
    if fault := passwords.fault(password, account.email):
        raise Failure(fault)
    password_hash = Passwords().hash(password)

    async def work(tx: Transaction, here: Installation) -> None:
        await administer.set_password(tx, account, password_hash, here.clock())

    opening.write(config, work)
    if as_json:
        show_json(_json(account))
    else:
        say(f"{account.email} has a new password, and is signed out everywhere.")


@app.command()
def export(email: Email, *, config: Config = None, as_json: Json = False) -> None:
    """Print everything that is kept about an account, as JSON. Its owner has the same on their page."""

    async def work(tx: Transaction, here: Installation) -> takeout.Json:
        return await takeout.take_out(tx, await account_of(tx, email), here.clock())

    show_json(opening.read(config, work))


@app.command()
def delete(email: Email, *, yes: Yes = False, config: Config = None, as_json: Json = False) -> None:
    """Delete an account for good. Its applications, API keys and deployments end at once."""
    confirm(f"The account {email} goes for good, with its deployments.", yes=yes, as_json=as_json)

    async def work(tx: Transaction, here: Installation) -> int:
        return await removal.delete_account(tx, await account_of(tx, email), account_terms(here), here.clock())

    ended = opening.write(config, work)
    if as_json:
        show_json({"email": email, "deleted": True, "grants_ended": ended})
    else:
        say(f"The account {email} is deleted. Connected applications ended: {ended}.")


@app.command()
def reset_second_factor(email: Email, *, config: Config = None, as_json: Json = False) -> None:
    """Switch an account's second factor off, for one who lost authenticator and recovery codes. Be sure who asks."""

    async def work(tx: Transaction, here: Installation) -> tuple[Account, bool]:
        account = await account_of(tx, email)
        removed = await second_factor.remove(tx, account, "by an operator", None, here.clock())
        return await account_of(tx, email), removed

    account, removed = opening.write(config, work)
    if as_json:
        show_json(_json(account))
    else:
        off = "has no second factor any more: its password alone opens it"
        say(f"{account.email} {off}." if removed else f"{account.email} had no second factor.")


@app.command()
def invite(
    email: Email,
    *,
    send: Annotated[bool, typer.Option("--mail", help="Send the link by mail, too.")] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Print a link with which somebody makes their own account. It works once, within a week."""
    chosen = opening.load(config)
    if chosen.signup == "closed":
        raise Failure("signup is closed: `consentry account create` makes an account.")
    if send and chosen.smtp_url is None:
        raise Failure("There is no mail server: set smtp_url, or leave --mail out and hand the link over.")
    if fault := email_fault(email):
        raise Failure(fault)

    async def work(tx: Transaction, here: Installation) -> str:
        terms = account_terms(here)
        secret = await inviting.invite(tx, email, terms, here.clock(), send=send)
        if secret is None:
            raise Failure(f"There is an account {email} already: `consentry account reset-link {email}` lets it in.")
        return terms.url("verify-email", secret)

    _show_link(config, email, opening.write(config, work), links.TTL_SECONDS["invite"], as_json)


@app.command()
def invitations(*, config: Config = None, as_json: Json = False) -> None:
    """Invitations that nobody has followed yet, youngest first."""

    async def work(tx: Transaction, here: Installation) -> list[Invitation]:
        return await inviting.open_ones(tx, account_terms(here), here.clock())

    found = opening.read(config, work)
    if as_json:
        show_json([{"email": one.email, "created_at": one.made_at, "expires_at": one.expires_at} for one in found])
        return
    rows = [(one.email, when(one.made_at), when(one.expires_at)) for one in found]
    show_table(("EMAIL", "CREATED", "ENDS"), rows, "Nobody is invited: `consentry account invite EMAIL` does.")


@app.command()
def uninvite(email: Email, *, config: Config = None, as_json: Json = False) -> None:
    """Take an invitation back: its link does nothing any more."""

    async def work(tx: Transaction, here: Installation) -> bool:
        terms, now = account_terms(here), here.clock()
        taken = [
            await inviting.withdraw(tx, one.reference, now)
            for one in await inviting.open_ones(tx, terms, now)
            if email_key(one.email) == email_key(email)
        ]
        return any(taken)

    if not opening.write(config, work):
        raise Failure(f"{email} is not invited: `consentry account invitations` lists who is.")
    if as_json:
        show_json({"email": email, "invited": False})
    else:
        say(f"{email} is not invited any more.")


@app.command()
def reset_link(email: Email, *, config: Config = None, as_json: Json = False) -> None:
    """Print a link with which an account sets a new password. It works once, within an hour."""

    async def work(tx: Transaction, here: Installation) -> str:
        account = await account_of(tx, email)
        if account.disabled_at is not None:
            raise Failure(f"{email} is disabled: `consentry account enable {email}` first.")
        terms = account_terms(here)
        return terms.url("reset-password", await reset.give(tx, account, terms, here.clock()))

    _show_link(config, email, opening.write(config, work), links.TTL_SECONDS["reset"], as_json)


def _show_link(config: Path | None, email: str, url: str, seconds: int, as_json: bool) -> None:
    length = f"{seconds // links.DAY_SECONDS} days" if seconds > links.DAY_SECONDS else f"{seconds // 60} minutes"
    opening.note_addresses(config)
    if as_json:
        show_json({"email": email, "url": url, "expires_in": seconds})
    else:
        say(url)
        warn(f"This link is for {email}: it works once, within {length}, and is shown this once. Hand it over safely.")


def _require_plan(plan: str, chosen: Settings) -> None:
    if plan not in chosen.plans:
        there = ", ".join(sorted(chosen.plans))
        raise Failure(f"There is no plan {plan}: there are {there} (the setting `plans` takes others).")


def _password(from_stdin: bool) -> str:
    """One line of standard input, or what is typed twice at the terminal."""
    if from_stdin:
        try:
            return typer.get_binary_stream("stdin").readline().decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise Failure("The password on standard input is not UTF-8: give it in that encoding.") from None
    if not sys.stdin.isatty():
        raise Failure("There is no terminal to ask for the password: pass --password-stdin and give it there.")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt="The same again")
    return typed


def _show(account: Account, as_json: bool) -> None:
    if as_json:
        show_json(_json(account))
        return
    show_facts([("Email", account.email), ("Name", account.name or "none"), ("State", _state(account))])
    if account.verified_at is None:
        say(f"Before it can sign in: `consentry account verify {account.email}`.")


def _state(account: Account) -> str:
    words = ["verified" if account.verified_at is not None else "not verified"]
    if account.operator:
        words.insert(0, "operator")
    if account.disabled_at is not None:
        words.append("disabled")
    return ", ".join(words)


def _json(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "operator": account.operator,
        "created_at": account.created_at,
        "verified_at": account.verified_at,
        "disabled_at": account.disabled_at,
        "second_factor_at": account.second_factor_at,
        "plan": account.plan,
    }
