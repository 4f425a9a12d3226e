"""Ours with authorization alone: no observer, no policy. Takes the port; the settings come from the environment."""

import asyncio
import os
import sys
from dataclasses import replace

import uvloop

from consentry import settings
from consentry.app import Application
from consentry.cli import listening
from consentry.installation import open_installation


async def main(port: int) -> None:
    installation = open_installation(settings.load(None, os.environ))
    try:
        application = Application(installation)
        dispatch = application._dispatch
        bare = replace(dispatch.gateway, policies=(), observers=())
        application._dispatch = replace(dispatch, gateway=bare)
        with listening.bound("127.0.0.1", port) as place:
            await listening.serve(application, place, lambda: None)
    finally:
        await installation.aclose()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
