"""What a server's processes have cost so far: CPU time, user and system together, of a process and all below it."""

import psutil


def cpu_seconds(pid: int) -> float:
    """Of the process `pid`, its children that live, and those that it has waited for."""
    top = psutil.Process(pid)
    times = top.cpu_times()
    total: float = times.user + times.system + times.children_user + times.children_system
    for process in top.children(recursive=True):
        try:
            below = process.cpu_times()
        except psutil.NoSuchProcess:  # it ended since; its parent's account has it from the next look on
            continue
        total += below.user + below.system
    return total
