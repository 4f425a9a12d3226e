"""A stdio MCP server for the bridge to stand in front of."""

import os
import sys

from mcp.server.mcpserver import Context, MCPServer
from pydantic import BaseModel

mcp = MCPServer("stdio", log_level="WARNING")


class Answer(BaseModel):
    """What the person says when asked."""

    word: str


@mcp.tool()
async def echo(text: str) -> str:
    """Says it again."""
    return text


@mcp.tool()
async def pid() -> int:
    """The process that answers."""
    return os.getpid()


@mcp.tool()
async def environment() -> list[str]:
    """The names of the variables it was given."""
    return sorted(os.environ)


@mcp.tool()
async def steps(ctx: Context, count: int) -> int:
    """Reports a step, asks the client to let it go on, and so on to the last."""
    for number in range(1, count + 1):
        await ctx.report_progress(number, count)
        await ctx.elicit(f"step {number} done, go on?", Answer)
    return count


@mcp.tool()
async def ask(ctx: Context) -> str:
    """Asks the person for a word and answers with it."""
    answer = await ctx.elicit("Which word?", Answer)
    return answer.data.word if answer.action == "accept" else answer.action


@mcp.tool()
async def die() -> None:
    """Ends without an answer."""
    sys.stderr.write("the stdio server dies\n")
    os._exit(3)


if __name__ == "__main__":
    mcp.run("stdio")
