"""The image's own lines build a root that starts, becomes healthy and ends, without any container engine."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("image.py")
spec = importlib.util.spec_from_file_location("image", SCRIPT)
assert spec is not None
assert spec.loader is not None
image = importlib.util.module_from_spec(spec)
sys.modules["image"] = image  # dataclasses look their module up there
spec.loader.exec_module(image)
REASON = image.missing()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(bool(REASON), reason=REASON or "all is there")
def test_the_lines_of_the_dockerfile_make_an_image_that_starts_becomes_healthy_and_ends():
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False, timeout=580)
    told = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    asked = [word for word, _ in image.instructions()]
    assert sum(line.startswith("RUN ") for line in told) == asked.count("RUN")
    assert sum(line.startswith("COPY ") for line in told) == asked.count("COPY")
    assert told[-3:-1] == ["HEALTHY", "ENDED 0"]
    assert told[-1] == "WRITTEN ['config.toml', 'watchlamp.db', 'watchlamp.db-run.lock']"


def test_every_instruction_of_the_dockerfile_is_one_that_is_carried_out_or_read():
    known = {
        "FROM",
        "ARG",
        "ENV",
        "WORKDIR",
        "RUN",
        "COPY",
        "USER",
        "VOLUME",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
        "LABEL",
    }
    assert {word for word, _ in image.instructions()} == known
