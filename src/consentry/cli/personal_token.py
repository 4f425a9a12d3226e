"""consentry account token: personal access tokens, for the management API."""

from typing import Annotated

import typer

from consentry.accounts import personal_tokens
from consentry.accounts.personal_tokens import SCOPES, PersonalToken, Wanted
from consentry.cli import durations, opening
from consentry.cli.finding import account_of
from consentry.cli.grouping import group
from consentry.cli.opening import Config, Json
from consentry.cli.output import Failure, say, show_facts, show_json, show_table, when
from consentry.installation import Installation
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction
from consentry.tokens import Secret

app = group("Personal access tokens: what a person's own programs show. They are for the management API.")

DEFAULT_LIFE = "90d"
TokenId = Annotated[str, typer.Argument(metavar="ID", help="Its ID in `account token list`.", show_default=False)]


@app.command()
def create(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="For whom it acts.", show_default=False)],
    *,
    scope: Annotated[
        list[str],
        typer.Option(
            metavar="SCOPE", help=f"What it may do; once for each of {', '.join(SCOPES)}.", show_default=False
        ),
    ],
    label: Annotated[str, typer.Option(metavar="LABEL", help="What it is for.", show_default=False)] = "",
    expires_in: Annotated[str, typer.Option(metavar="DURATION", help="As in 30d, or never.")] = DEFAULT_LIFE,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Make a token for the management API. It is shown once."""
    ttl = durations.seconds(expires_in, never=True)
    wanted = Wanted(label, tuple(scope), None if ttl == durations.NEVER else ttl)

    async def work(tx: Transaction, here: Installation) -> tuple[Secret, PersonalToken]:
        account = await account_of(tx, email)
        made = await personal_tokens.create(tx, account, wanted, None, here.entropy, here.clock())
        if isinstance(made, Refusal):
            raise Failure(made.description)
        return made

    secret, token = opening.write(config, work)
    if as_json:
        show_json(_json(token, email) | {"token": secret.reveal()})
        return
    show_facts(
        [
            ("Token", secret.reveal()),
            ("ID", token.id),
            ("Label", token.label),
            ("May", sorted(token.scopes)),
            ("Expires", when(token.expires_at)),
        ]
    )
    say("The token is shown this once and kept nowhere: copy it now.")


@app.command("list")
def list_(
    email: Annotated[
        str | None, typer.Argument(metavar="EMAIL", help="Those of one account. Default: everybody's.")
    ] = None,
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Every token, newest first; the tokens themselves are not kept."""

    async def work(tx: Transaction, here: Installation) -> list[tuple[PersonalToken, str, bool]]:
        account_id = (await account_of(tx, email)).id if email else None
        emails = {one.id: one.email for one in await tx.list_accounts()}
        found = await tx.list_personal_tokens(account_id)
        return [(one, emails[one.account_id], one.live(here.clock())) for one in found]

    found = opening.read(config, work)
    if as_json:
        show_json([_json(token, owner) for token, owner, _ in found])
        return
    rows = [
        (
            token.id,
            owner,
            token.label,
            " ".join(sorted(token.scopes)),
            when(token.last_used_at),
            when(token.expires_at),
            "live" if live else "expired",
        )
        for token, owner, live in found
    ]
    empty = "There is no token: `consentry account token create EMAIL --scope SCOPE` makes one."
    show_table(("ID", "ACCOUNT", "LABEL", "MAY", "LAST USED", "EXPIRES", "STATE"), rows, empty)


@app.command()
def revoke(token_id: TokenId, *, config: Config = None, as_json: Json = False) -> None:
    """Void a token at once."""

    async def work(tx: Transaction, here: Installation) -> None:
        for token in await tx.list_personal_tokens():
            if token.id == token_id:
                await personal_tokens.revoke(tx, token, None, here.clock())
                return
        raise Failure(f"There is no token {token_id}: `consentry account token list` shows those there are.")

    opening.write(config, work)
    if as_json:
        show_json({"id": token_id, "revoked": True})
    else:
        say(f"The token {token_id} is void.")


def _json(token: PersonalToken, email: str) -> dict[str, object]:
    return {
        "id": token.id,
        "account": email,
        "label": token.label,
        "scopes": sorted(token.scopes),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
    }
