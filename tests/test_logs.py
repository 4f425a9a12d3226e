"""The log of a process, as `serve` sets it up: what it must never hold."""

import subprocess
import sys

import pytest

FAILING = """
import structlog
from consentry import logs

logs.configure("info", pretty={pretty})

def sign_in(password):
    raise RuntimeError("something broke")

try:
    sign_in("correct horse battery " + "staple")
except RuntimeError:
    structlog.get_logger("consentry.web.edge").exception("the request failed", path="/login")
"""


@pytest.mark.parametrize("pretty", [True, False], ids=["at a terminal", "as JSON"])
def test_a_failure_is_told_with_its_traceback_and_without_what_the_variables_held(pretty: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILING.format(pretty=pretty)], capture_output=True, text=True, check=True
    )
    assert "the request failed" in done.stderr
    assert "something broke" in done.stderr
    assert "in sign_in" in done.stderr
    assert "battery staple" not in done.stderr
