"""consentry key."""

from consentry import keys
from consentry.cli import opening
from consentry.cli.opening import Config, Json, group
from consentry.cli.output import say, show_json, show_table, when
from consentry.installation import Installation
from consentry.keys import SigningKey
from consentry.store.sql import Transaction

app = group("Signing keys: used, and published.")


@app.command("list")
def list_(*, config: Config = None, as_json: Json = False) -> None:
    """Every signing key, newest first."""

    async def work(tx: Transaction, _here: Installation) -> list[SigningKey]:
        return await tx.list_signing_keys()

    found = opening.read(config, work)
    if as_json:
        show_json([_json(key) for key in found])
        return
    rows = [(key.kid, keys.ALGORITHM, when(key.created_at), _state(key)) for key in found]
    show_table(("KID", "ALG", "CREATED", "STATE"), rows, "There is no signing key yet: `consentry init` makes one.")


@app.command()
def rotate(*, config: Config = None, as_json: Json = False) -> None:
    """Sign with a fresh key. The old one stays published for two days."""

    async def work(here: Installation) -> SigningKey:
        now = here.clock()
        fresh = keys.make(here.sealer, now)
        await here.store.write(lambda tx: keys.rotate(tx, fresh, now))
        return fresh

    fresh = opening.run(config, work)
    if as_json:
        show_json(_json(fresh))
    else:
        say(f"Signing with {fresh.kid} from now on.")


def _state(key: SigningKey) -> str:
    if key.retired_at is None:
        return "signing"
    return f"retired, published until {when(key.retired_at + keys.OVERLAP_SECONDS)}"


def _json(key: SigningKey) -> dict[str, object]:
    retired = key.retired_at
    return {
        "kid": key.kid,
        "alg": keys.ALGORITHM,
        "created_at": key.created_at,
        "retired_at": retired,
        "published_until": None if retired is None else retired + keys.OVERLAP_SECONDS,
    }
