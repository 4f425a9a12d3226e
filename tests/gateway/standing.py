"""The gateway alone in a process, as it is served, so that its memory can be told."""

import re
import socket
import sys
from pathlib import Path

import uvloop

from consentry.cli.listening import Server, configure
from consentry.gateway.app import Gateway
from consentry.gateway.upstream import Upstreams
from consentry.tokens import Secret
from tests.gateway.remembered import NOW, Recalled, access, target

BODY_LIMIT = 1 << 30


class Memory:
    """Of a process, in bytes."""

    def __init__(self, pid: int) -> None:
        self._process = Path(f"/proc/{pid}")

    def now(self) -> int:
        return self._told("VmRSS")

    def peak(self) -> int:
        """Since `forget_peak`."""
        return self._told("VmHWM")

    def forget_peak(self) -> None:
        (self._process / "clear_refs").write_text("5")

    def _told(self, name: str) -> int:
        told = re.search(rf"{name}:\s+(\d+) kB", (self._process / "status").read_text())
        assert told
        return int(told.group(1)) * 1024


def main(upstream_url: str, token: str) -> None:
    find = Recalled()
    find.targets["notes"] = target("notes", upstream_url)
    find.accesses[Secret(token).digest()] = access(expires_at=NOW + 1000)
    gateway = Gateway(
        find=find, upstreams=Upstreams(), clock=lambda: NOW, new_request_id=lambda: "req_1", body_limit=BODY_LIMIT
    )
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        config = configure(gateway)
        config.lifespan = "off"

        def announce() -> None:
            sys.stdout.write(f"{listener.getsockname()[1]}\n")
            sys.stdout.flush()

        uvloop.run(Server(config, announce).serve([listener]))


if __name__ == "__main__":
    main(*sys.argv[1:])
