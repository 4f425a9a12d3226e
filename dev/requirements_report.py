"""`make requirements`: how many lines of the protocol checklist are proven, and why the others are not."""

import sys

from tests.proofs import proofs
from tests.requirements import DEFERRED, RANGES, REQUIREMENTS

TITLES = {
    "A": "metadata and discovery",
    "B": "client registration",
    "C": "authorization endpoint",
    "D": "token endpoint",
    "E": "tokens, revocation, introspection, OpenID",
    "F": "gateway: discovery and challenges",
    "G": "gateway: tokens and proxying",
    "H": "CORS and general HTTP",
}


def main() -> int:
    """Print the counts, the deferred and the unproven; 1 when a line is neither proven nor deferred."""
    proven = proofs()
    unproven = [requirement for requirement in REQUIREMENTS if requirement.id not in {*proven, *DEFERRED}]

    print(f"{'section':<45}{'lines':>6}{'proven':>8}{'deferred':>10}{'unproven':>10}")
    for section in RANGES:
        names = [requirement.id for requirement in REQUIREMENTS if requirement.id[0] == section]
        print(_row(f"{section}  {TITLES[section]}", names, proven))
    print(_row("all", [requirement.id for requirement in REQUIREMENTS], proven))

    print("\nDeferred:")
    for name, reason in DEFERRED.items():
        print(f"  {name:<4} {reason}")
    if unproven:
        print("\nUnproven, and it must not stay so:")
        for requirement in unproven:
            print(f"  {requirement.id:<4} {requirement.level}: {requirement.sentence} ({requirement.source})")
    return 1 if unproven else 0


def _row(title: str, names: list[str], proven: dict[str, list[str]]) -> str:
    claimed = sum(name in proven for name in names)
    deferred = sum(name in DEFERRED for name in names)
    rest = sum(name not in proven and name not in DEFERRED for name in names)
    return f"{title:<45}{len(names):>6}{claimed:>8}{deferred:>10}{rest:>10}"


if __name__ == "__main__":
    sys.exit(main())
