"""python -m dev.simulators: plays clients against a running server, and prints what they did and what came back."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
from dev.simulators.authorization import filled
from dev.simulators.client import Client, Document
from dev.simulators.person import Person
from dev.simulators.play import Play
from dev.simulators.rows import CLIENTS, NOT_PLAYED
from dev.simulators.stage import Live
from dev.simulators.wire import GotStuckError, Step, Wire

ALONE = (
    "its requests do not say which MCP server is meant: play it against a demo of one, `consentry demo --upstream URL`"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every client got through, 1 where one did not."""
    given = _parser().parse_args(arguments)
    match given.what:
        case "list":
            return show_list()
        case "document":
            return show_document(CLIENTS[given.client])
        case "all":
            if given.alone:
                return asyncio.run(play_all([*CLIENTS.values()], given))
            return asyncio.run(play_all([one for one in CLIENTS.values() if not one.only_one], given))
        case name:
            return asyncio.run(play_all([CLIENTS[name]], given))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev.simulators", description=__doc__)
    wanted = parser.add_subparsers(dest="what", required=True, metavar="CLIENT | all | list | document")
    wanted.add_parser("list", help="every client, and the rows that are not played")
    document = wanted.add_parser("document", help="a client's metadata document, for `consentry cimd import`")
    document.add_argument(
        "client", choices=[one.name for one in CLIENTS.values() if isinstance(one.identity, Document)]
    )
    for name, about in [
        ("all", "all of them, one after the other"),
        *((one.name, one.row) for one in CLIENTS.values()),
    ]:
        played = wanted.add_parser(name, help=about)
        played.add_argument("--url", required=True, help="the MCP URL, as `consentry demo` prints it")
        played.add_argument("--email", required=True)
        played.add_argument("--password", required=True)
        played.add_argument("--imported", action="store_true", help="documents were imported: use their own client_ids")
        if name == "all":
            played.add_argument("--alone", action="store_true", help="there is but one MCP server on that host")
    return parser


def show_list() -> int:
    """Name, row, and where it was seen."""
    width = max(len(name) for name in CLIENTS)
    for client in CLIENTS.values():
        print(
            f"{client.name:<{width}}  {client.row}: {client.seen}{' (one MCP server only)' if client.only_one else ''}"
        )
    print("\nNot played:")
    for row in NOT_PLAYED:
        print(f"{row.row}: {row.why}")
    return 0


def show_document(client: Client) -> int:
    """With the members that are known, and no other."""
    if isinstance(client.identity, Document):
        words = {"callback_id": "example"}
        document = {"client_id": client.identity.client_id, **client.identity.members}
        print(json.dumps(filled(document, words), indent=2))
    return 0


async def play_all(clients: Sequence[Client], given: argparse.Namespace) -> int:
    """One after the other; at the end, how many got through."""
    stuck = [client.name for client in clients if not await play(client, given)]
    if len(clients) > 1:
        print(
            f"\n{len(clients) - len(stuck)} of {len(clients)} got through{': not ' if stuck else ''}{', '.join(stuck)}."
        )
    return 1 if stuck else 0


async def play(client: Client, given: argparse.Namespace) -> bool:
    """Whether it got through."""
    print(f"\n{client.name}: {client.row}; {client.seen}")
    async with Live(given.url, imported=given.imported) as stage:
        wire = Wire(client, stage, Told().hear)
        person, owner = (Person(stage.way(), given.email, given.password) for _ in range(2))
        try:
            await Play(wire, given.url, person, owner).run()
        except (GotStuckError, httpx2.HTTPError) as error:
            said = str(error) or type(error).__name__
            print(f"{client.name} {wire.act} and gets stuck: {said}", file=sys.stderr)
            if client.only_one:
                print(f"{client.name}: {ALONE}", file=sys.stderr)
            return False
    print(f"{client.name} got through, in {len(wire.steps)} steps.")
    return True


@dataclass(slots=True)
class Told:
    """Prints each step, and of those that are alike and follow each other the first, and then how many there were."""

    last: Step | None = None
    times: int = 0

    def hear(self, step: Step) -> None:
        if step == self.last:
            self.times += 1
            return
        self.close()
        self.last, self.times = step, 1
        print(f"  {step.act:<15}  {step.did}\n{'':<19}-> {step.came}", flush=True)

    def close(self) -> None:
        if self.times > 1:
            print(f"{'':<22}{self.times} times", flush=True)


if __name__ == "__main__":
    sys.exit(main())
