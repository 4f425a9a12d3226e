"""On what machine, and how: what numbers mean nothing without."""

import platform
from pathlib import Path


def circumstances(effort: str, connections: int, load: tuple[float, float, float]) -> str:
    """A sentence. `load` is as the system tells it."""
    return (
        f"Medians of {effort}, over {connections} connections, on {_processor()}, {platform.system()}"
        f" {platform.release()}, Python {platform.python_version()}; the system's load was {load[1]:.1f} over the last"
        " five minutes of it."
    )


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(models)} cores of {models[0]}" if models else platform.machine()
