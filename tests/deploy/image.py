"""Build and start the image of deploy/Dockerfile without a container engine: its own lines, word for word, in a root of their own.

    python tests/deploy/image.py            (as root, on Linux; needs an index for pip)

Each stage is an overlay over this machine's root, in a mount namespace: RUN lines run in it under their absolute paths, COPY copies
from the checkout what .dockerignore lets through, COPY --from from the stage before. Then the image is started as it says: as its
USER, in its WORKDIR, with its ENV, on a root that is read-only but for its volume and /tmp, by its ENTRYPOINT and CMD; its
HEALTHCHECK is asked until it is content, and SIGTERM ends it. What stands in for the base image is this machine: its Python must be
3.11 or newer. Nothing is left on the machine.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = Path("/mnt")
PATIENCE = 60.0
"""Seconds for the image to be healthy, and ten for it to end."""

CONFIG = """
web = { listen = "127.0.0.1:8090" }
[[channels]]
id = "log"
to = "console:log"
[[sources]]
id = "nobody"
url = "http://127.0.0.1:9/feed"
[[rules]]
id = "cameras"
query = "council cameras"
channels = ["log"]
"""


def tell(line: str) -> None:
    """Say what is done."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined, comments dropped."""
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    joined = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [(word, rest.strip()) for line in joined.splitlines() if line.strip() for word, _, rest in [line.strip().partition(" ")]]


@dataclass
class Stage:
    """A root in the making."""

    name: str
    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0:0"
    told: dict[str, str] = field(default_factory=dict)

    def place(self, path: str) -> Path:
        """Where a path of the image lies on this machine."""
        inside = os.path.normpath(os.path.join(self.folder, path))  # noqa: PTH118  # a path of another root
        return self.root / inside.lstrip("/")

    def variables(self) -> dict[str, str]:
        found = {"PATH": os.environ["PATH"], "HOME": "/"}
        found |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        for name, value in self.environment.items():
            found[name] = value.replace("$PATH", found["PATH"])
        return found

    def inside(self, command: list[str], *, user: str = "0:0") -> list[str]:
        """A command, in this root."""
        return [
            "chroot",
            f"--userspec={user}",
            str(self.root),
            "sh",
            "-c",
            'cd "$1" && shift && exec "$@"',
            "sh",
            self.folder,
            *command,
        ]

    def run(self, line: str) -> None:
        subprocess.run(self.inside(["sh", "-c", line]), env=self.variables(), check=True)


def new_stage(name: str) -> Stage:
    """An overlay over this machine's root; what is written to it is in memory."""
    place = SCRATCH / name
    for part in ("upper", "work", "root"):
        (place / part).mkdir(parents=True)
    layers = f"lowerdir=/,upperdir={place / 'upper'},workdir={place / 'work'}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(place / "root")], check=True)
    stage = Stage(name, place / "root")
    for shared in ("proc", "dev"):
        subprocess.run(["mount", "--bind", f"/{shared}", str(stage.root / shared)], check=True)
    base = Path(os.path.realpath(sys.executable))
    for above in reversed(base.parents):  # the base image's Python is for everybody; this machine's may lie in somebody's home
        inner = stage.root / str(above).lstrip("/")
        inner.chmod(inner.stat().st_mode | 0o055)
    for name in ("opt/watchlamp", "src", "data"):
        shutil.rmtree(stage.root / name, ignore_errors=True)
    return stage


def copy(rest: str, stage: Stage, before: dict[str, Stage]) -> None:
    """COPY, from the checkout or from a stage."""
    words = shlex.split(rest)
    source_root = ROOT
    if words[0].startswith("--from="):
        source_root = before[words.pop(0).removeprefix("--from=")].root
    *sources, target = words
    for source in sources:
        origin = source_root / source.lstrip("/")
        goal = stage.place(target)
        goal = goal / origin.name if target.endswith("/") else goal
        goal.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            ignored = shutil.ignore_patterns("__pycache__") if source_root == ROOT else None
            shutil.copytree(origin, goal, symlinks=True, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy(origin, goal)


def build() -> Stage:
    """Every line of the Dockerfile, in order; the last stage."""
    before: dict[str, Stage] = {}
    stage: Stage | None = None
    for word, rest in instructions():
        if word == "FROM":
            stage = new_stage(rest.partition(" AS ")[2] or "final")
            before[stage.name] = stage
        elif word == "ARG":
            continue
        assert stage is not None
        if word == "ENV":
            stage.environment |= dict(part.split("=", 1) for part in shlex.split(rest))
        elif word == "WORKDIR":
            stage.folder = rest
            stage.place(rest).mkdir(parents=True, exist_ok=True)
        elif word == "USER":
            stage.user = rest
        elif word == "RUN":
            tell(f"RUN {' '.join(rest.split())}")
            stage.run(rest)
        elif word == "COPY":
            tell(f"COPY {rest}")
            copy(rest, stage, before)
        else:
            stage.told[word] = rest
    assert stage is not None
    return stage


def start(image: Stage) -> None:
    """As an engine would with --read-only and the volume; until it is healthy, and to its end."""
    volume = image.place(json.loads(image.told["VOLUME"])[0] if image.told["VOLUME"].startswith("[") else image.told["VOLUME"])
    owner = volume.stat()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777,noexec", "tmpfs", str(image.root / "tmp")], check=True)
    data = ["mount", "-t", "tmpfs", "-o", f"mode=0700,uid={owner.st_uid},gid={owner.st_gid}", "tmpfs", str(volume)]
    subprocess.run(data, check=True)
    (volume / "config.toml").write_text(CONFIG, encoding="utf-8")
    subprocess.run(["mount", "-o", "remount,ro", str(image.root)], check=True)
    command = [*json.loads(image.told["ENTRYPOINT"]), *json.loads(image.told["CMD"])]
    tell(f"START {command} as {image.user} in {image.folder}")
    bot = subprocess.Popen(image.inside(command, user=image.user), env=image.variables())
    check = json.loads(image.told["HEALTHCHECK"][image.told["HEALTHCHECK"].index("[") :])
    end = time.monotonic() + PATIENCE
    while (
        status := subprocess.run(image.inside(check, user=image.user), env=image.variables(), capture_output=True, check=False)
    ).returncode:
        if bot.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"not healthy: {status.stderr.decode()[-300:]}")
        time.sleep(0.5)
    tell("HEALTHY")
    bot.send_signal(getattr(signal, image.told["STOPSIGNAL"]))
    tell(f"ENDED {bot.wait(10)}")
    tell(f"WRITTEN {sorted(path.name for path in volume.iterdir())}")


def inside() -> int:
    """In a mount namespace of its own."""
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(SCRATCH)], check=True)
    start(build())
    return 0


def missing() -> str:
    """Why this cannot be done here, or nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux: mounts in a namespace of its own"
    if lost := [name for name in ("unshare", "mount", "chroot", "useradd") if shutil.which(name) is None]:
        return f"{', '.join(lost)} is not on this system"
    return "" if "overlay" in Path("/proc/filesystems").read_text(encoding="ascii") else "this kernel has no overlay file system"


if __name__ == "__main__":
    if sys.argv[1:] == ["--inside"]:
        sys.exit(inside())
    if reason := missing():
        sys.stderr.write(f"{reason}\n")
        sys.exit(77)
    sys.exit(subprocess.call(["unshare", "--mount", sys.executable, __file__, "--inside"]))
