"""Ask pip whether a hash lock can be installed on another Python, without installing anything.

``pip download`` is asked, because ``pip install --python-version`` still judges a release's Requires-Python by the Python
it runs on. Both judge markers such as ``python_version >= "3.13"`` by that one too, so the markers are judged here, by
the asked version, and pip gets the lines that remain.

    python .ci/resolve_lock.py --python 3.14 requirements/runtime.txt ...
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement


def lines_for(lock: str, python: str) -> str:
    """The lock without the requirements whose marker excludes ``python``, and without markers."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "implementation_version": f"{python}.0"}
    kept = []
    for block in lock.replace("\\\n", " ").splitlines():
        line, *hashes = block.split(" --hash=")
        requirement = Requirement(line.strip())
        if requirement.marker is None or requirement.marker.evaluate(environment):
            requirement.marker = None
            kept.append(" ".join([str(requirement), *(f"--hash={value.strip()}" for value in hashes)]))
    return "\n".join(kept) + "\n"


def resolves(lock: Path, python: str) -> bool:
    """Whether pip finds every pinned wheel, with a hash that the lock names, for ``python``."""
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / lock.name
        requirements.write_text(lines_for(lock.read_text(encoding="utf-8"), python), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-qq", "--dest", scratch]
        command += ["--python-version", python, "--only-binary", ":all:", "--require-hashes", "--requirement", str(requirements)]
        return subprocess.run(command, check=False).returncode == 0


def main() -> int:
    """Print one line a lock; status 1 if any cannot be installed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", required=True, help="the Python to resolve for, such as 3.14")
    parser.add_argument("locks", nargs="+", type=Path)
    options = parser.parse_args()
    failed = [lock for lock in options.locks if not resolves(lock, options.python)]
    for lock in options.locks:
        print(
            f"Python {options.python}: {lock} {'cannot be installed; pip says why above' if lock in failed else 'can be installed'}"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
