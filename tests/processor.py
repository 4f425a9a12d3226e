"""How long a thread had no processor while it could have gone on: a time that is measured without it is our own."""

from pathlib import Path


def waited(thread: str = "thread-self") -> float:
    """In seconds, since the thread began; 0 where the system does not tell. A process id is its first thread."""
    try:
        return int(Path(f"/proc/{thread}/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0
