"""The manifest and the tests agree: nothing is claimed twice, forgotten, or deferred in silence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proofs import proofs
from tests.requirements import DEFERRED, KNOWN, RANGES, REQUIREMENTS

ROOT = Path(__file__).parent.parent
LEVELS = {"MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"}

CLAIMS = """
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.proves("A1")]


@pytest.mark.proves("B1", "B2")
async def test_a_function(): ...


@pytest.mark.proves("C1")
class TestTogether:
    @pytest.mark.proves("D1")
    def test_a_method(self): ...


@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.proves("E1"))])
def test_a_row(x): ...


@pytest.mark.proves("F1")
def not_a_test(): ...
"""


def test_every_line_of_the_checklist_has_one_entry_and_in_order() -> None:
    expected = [f"{section}{number}" for section, last in RANGES.items() for number in range(1, last + 1)]
    assert [requirement.id for requirement in REQUIREMENTS] == expected
    assert len(expected) == 154


def test_every_entry_is_complete() -> None:
    for requirement in REQUIREMENTS:
        assert requirement.level in LEVELS, requirement
        assert len(requirement.sentence) >= 20, requirement
        assert requirement.source, requirement


def test_only_known_requirements_are_deferred_and_each_with_a_reason() -> None:
    assert set(DEFERRED) <= KNOWN
    assert all(len(reason) > 20 for reason in DEFERRED.values())


def test_no_requirement_is_both_proven_and_deferred() -> None:
    both = {name: tests for name, tests in proofs().items() if name in DEFERRED}
    assert not both, "take them out of DEFERRED, or the marker off the test"


def test_every_requirement_is_proven_or_deferred() -> None:
    known = {*proofs(), *DEFERRED}
    unproven = [requirement for requirement in REQUIREMENTS if requirement.id not in known]
    assert not unproven, "\n".join(f"{requirement.id}: {requirement.sentence}" for requirement in unproven)


def test_claims_are_found_on_functions_classes_modules_and_rows(tmp_path: Path) -> None:
    (tmp_path / "test_claims.py").write_text(CLAIMS)
    assert proofs(tmp_path) == {
        "A1": [
            "test_claims.py::test_a_function",
            "test_claims.py::test_a_method",
            "test_claims.py::test_a_row",
        ],
        "B1": ["test_claims.py::test_a_function"],
        "B2": ["test_claims.py::test_a_function"],
        "C1": ["test_claims.py::test_a_method"],
        "D1": ["test_claims.py::test_a_method"],
        "E1": ["test_claims.py::test_a_row"],
    }


def test_a_claim_that_is_not_a_plain_string_is_refused(tmp_path: Path) -> None:
    (tmp_path / "test_claims.py").write_text("@mark.proves(NAME)\ndef test_it(): ...\n")
    with pytest.raises(TypeError, match="plain strings"):
        proofs(tmp_path)


def test_a_claim_of_an_unknown_requirement_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_collection_modifyitems\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = proves(*ids)\n")
    (tmp_path / "test_claims.py").write_text("import pytest\n\n@pytest.mark.proves('Z9')\ndef test_it(): ...\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "not in tests/requirements.py: test_claims.py::test_it: 'Z9'" in done.stderr
