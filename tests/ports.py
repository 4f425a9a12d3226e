"""A port for a program that has to be told one: nobody listens there before it does, and nobody else is given it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reserved() -> Iterator[int]:
    """On 127.0.0.1, for as long as the block. A socket that is bound and does not listen keeps the system from giving
    the port away, as a server's or as a caller's; servers may listen there all the same, since they reuse addresses."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        yield port
