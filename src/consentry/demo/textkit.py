"""A demo MCP server without sessions: small tools over text that change nothing, answered as plain JSON."""

import argparse
import difflib
import re
import unicodedata
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field
from starlette.applications import Starlette

from consentry.demo.serving import PATH, add_place_arguments, place_of, serve

MOST_CHARACTERS = 20_000  # difflib is quadratic at its worst

READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

Text = Annotated[str, Field(max_length=MOST_CHARACTERS)]


class Counts(BaseModel):
    """How much text it is."""

    words: int
    characters: int
    lines: int


class Slug(BaseModel):
    """A text as part of an address."""

    slug: str


class Comparison(BaseModel):
    """How two texts differ."""

    same: bool
    diff: str = Field(description="A unified diff; empty when no line differs")


def count(text: str) -> Counts:
    """Words are what white space separates."""
    return Counts(words=len(text.split()), characters=len(text), lines=len(text.splitlines()))


def slug_of(text: str) -> Slug:
    """Lower-case ASCII letters and digits, joined by single hyphens; accents are dropped."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return Slug(slug="-".join(re.findall(r"[a-z0-9]+", plain.lower())))


def compare(before: str, after: str) -> Comparison:
    """Line by line, as `diff -u` does."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), fromfile="before", tofile="after", lineterm=""
    )
    return Comparison(same=before == after, diff="\n".join(lines))


def server() -> MCPServer:
    """A textkit server; it keeps nothing."""
    mcp = MCPServer("textkit", title="Textkit (demo)", version="1.0.0", log_level="WARNING")

    @mcp.tool(title="Count words", annotations=READS)
    async def count_words(text: Text) -> Counts:
        """Counts the words, characters and lines of a text."""
        return count(text)

    @mcp.tool(title="Make a slug", annotations=READS)
    async def slugify(text: Text) -> Slug:
        """Turns a title into a part of an address: "Crème brûlée!" becomes "creme-brulee"."""
        return slug_of(text)

    @mcp.tool(title="Compare two texts", annotations=READS)
    async def compare_texts(before: Text, after: Text) -> Comparison:
        """Compares two texts line by line and answers with a unified diff."""
        return compare(before, after)

    return mcp


def app() -> Starlette:
    """Streamable HTTP without sessions, each answer one JSON body."""
    return server().streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=True,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )


def main() -> None:
    """python -m consentry.demo.textkit --port N"""
    parser = argparse.ArgumentParser(prog="python -m consentry.demo.textkit", description=__doc__)
    add_place_arguments(parser)
    serve(app(), place_of(parser.parse_args()))


if __name__ == "__main__":
    main()
