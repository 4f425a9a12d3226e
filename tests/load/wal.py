"""The write-ahead log as a power cut may leave it: https://www.sqlite.org/fileformat2.html#walformat."""

import struct
from dataclasses import dataclass
from pathlib import Path

HEADER = 32
FRAME_HEADER = 24
_SECTOR = 512
_BACKFILL_ATTEMPTED = 128  # where the index says it: https://www.sqlite.org/walformat.html#the_wal_index_file_format


@dataclass(frozen=True)
class Frame:
    """One page in the log. `commit` marks the last page of a transaction."""

    page: int
    end: int
    commit: bool


@dataclass(frozen=True)
class Log:
    """What SQLite would read of it: the frames that belong to the log's present round."""

    page_size: int
    frames: tuple[Frame, ...]

    @property
    def commits(self) -> list[int]:
        """Where each transaction ends, in bytes from the log's beginning."""
        return [frame.end for frame in self.frames if frame.commit]

    @property
    def unfinished(self) -> bool:
        """Whether a transaction was being written, or the log being begun anew."""
        return bool(self.frames) and not self.frames[-1].commit


def read(file: Path) -> Log:
    """The frames whose salts are the header's; those after them are left over from the round before."""
    content = file.read_bytes()
    if len(content) < HEADER:
        return Log(0, ())
    page_size, _, *salts = struct.unpack_from(">4I", content, 8)
    frames = []
    size = FRAME_HEADER + page_size
    for start in range(HEADER, len(content) - size + 1, size):
        page, pages_after_commit, *own = struct.unpack_from(">4I", content, start)
        if own != salts:
            break
        frames.append(Frame(page, start + size, pages_after_commit != 0))
    return Log(page_size, tuple(frames))


def synced_for_a_checkpoint(index: Path, log: Log) -> int:
    """Up to where the log was synced, in bytes, because a checkpoint has begun to copy it to the database."""
    (frames,) = struct.unpack_from("=I", index.read_bytes(), _BACKFILL_ATTEMPTED)
    return HEADER + int(frames) * (FRAME_HEADER + log.page_size)


def cut(file: Path, kept: int, log: Log, torn: bytes) -> None:
    """Loses what came after `kept` bytes; of the first page that is lost, a part may have reached the disk."""
    with file.open("r+b") as opened:
        opened.truncate(max(kept, HEADER))
        opened.seek(0, 2)
        if log.frames and log.frames[-1].end > kept:
            opened.write(torn)


def tear_pages(database: Path, log: Log, kept: int, garbage: bytes) -> int:
    """Overwrites each page of the database that the kept log holds, as if a checkpoint had been cut off in it.

    How many. The first sector stays: a disk writes it whole, and in it is what says that there is a log.
    """
    last = max((end for end in log.commits if end <= kept), default=0)
    pages = {frame.page for frame in log.frames if frame.end <= last}
    size = database.stat().st_size
    with database.open("r+b") as opened:
        for page in pages:
            start, end = (page - 1) * log.page_size, page * log.page_size
            if end > size:
                continue
            opened.seek(start + (_SECTOR if page == 1 else 0))
            opened.write(garbage[: end - opened.tell()])
    return len(pages)
