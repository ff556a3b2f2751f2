"""A command in a memory control group of its own, version 1 or 2, its model dropped from the page cache. Needs root."""

import os
import pathlib
import re
import subprocess


def parent():
    """The group of this process, and the version of its hierarchy."""
    for line in pathlib.Path("/proc/self/cgroup").read_text().split():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            return pathlib.Path("/sys/fs/cgroup/memory" + path), 1
    return pathlib.Path("/sys/fs/cgroup" + path), 2


def drop_from_page_cache(path):
    file = os.open(path, os.O_RDONLY)
    os.fdatasync(file)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(file)


def run(command, limit, model):
    """Output, the group's peak in bytes, and how often it was refused memory or killed. limit in bytes."""
    drop_from_page_cache(model)
    base, version = parent()
    group = base / f"bench{os.getpid()}"
    group.mkdir()
    try:
        name = "memory.limit_in_bytes" if version == 1 else "memory.max"
        (group / name).write_text(str(limit))
        enter = lambda: (group / "cgroup.procs").write_text(str(os.getpid()))
        done = subprocess.run(command, check=False, capture_output=True, text=True, preexec_fn=enter)
        peak = int((group / ("memory.max_usage_in_bytes" if version == 1 else "memory.peak")).read_text())
        events = (group / ("memory.oom_control" if version == 1 else "memory.events")).read_text()
    finally:
        group.rmdir()
    killed = int(re.search(r"oom_kill (\d+)", events).group(1))
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: status {done.returncode}, killed {killed} times\n{done.stderr}")
    return done.stdout, peak, killed
