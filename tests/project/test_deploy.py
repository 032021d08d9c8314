"""What deploy/ promises, as far as it can be proven without a container engine or a running systemd."""

from __future__ import annotations

import fnmatch
import itertools
import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.sandbox.pool import Limits


def instructions(root: Path) -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined, comments dropped."""
    lines = [
        line for line in (root / "deploy/Dockerfile").read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")
    ]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(word, rest.strip()) for line in joined.splitlines() if line.strip() for word, _, rest in [line.strip().partition(" ")]]


def copied_from_context(root: Path) -> list[tuple[str, str]]:
    """(source, destination) of everything the image takes from the checkout."""
    pairs = []
    for word, rest in instructions(root):
        if word == "COPY" and "--from=" not in rest:
            *sources, destination = shlex.split(rest)
            pairs += [(source, destination if len(sources) == 1 else f"{destination}{source}") for source in sources]
    return pairs


def let_through(root: Path, name: str) -> bool:
    """Whether .dockerignore lets ``name`` into the build: the last line that fits it, or a folder above it, decides."""
    through = True
    above = ["/".join(name.split("/")[: depth + 1]) for depth in range(name.count("/") + 1)]
    for line in (root / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            kept = pattern.startswith("!")
            bare = pattern.lstrip("!").removeprefix("**/")
            if any(fnmatch.fnmatchcase(part, bare) or fnmatch.fnmatchcase(part.rsplit("/", 1)[-1], bare) for part in above):
                through = kept
    return through


@pytest.fixture(scope="module")
def unit(root: Path) -> list[tuple[str, str, str, bool]]:
    """(section, key, value, has a comment directly above) of each line of the unit."""
    rows = []
    section, commented = "", False
    for line in (root / "deploy/watchlamp.service").read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("#") or not text:
            commented = text.startswith("# ")
        elif text.startswith("["):
            section = text.strip("[]")
        else:
            key, equals, value = text.partition("=")
            assert equals, f"not a setting: {line}"
            rows.append((section, key, value, commented))
            commented = False
    return rows


@pytest.fixture(scope="module")
def compose(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / "deploy/compose.yaml").read_text(encoding="utf-8"))


def verb_of(words: list[str]) -> str:
    """The verb at the start of a command line: ``check -c FILE`` -> ``check``."""
    return " ".join(itertools.takewhile(lambda word: not word.startswith("-"), words))


# The image


def test_the_image_copies_only_files_that_exist_and_are_let_into_the_build(root: Path) -> None:
    sources = [source for source, _ in copied_from_context(root)]
    assert "bot" in sources
    for source in sources:
        assert (root / source).exists(), source
        assert let_through(root, source), f".dockerignore keeps {source} out"


def test_secrets_configurations_and_databases_never_enter_the_build(root: Path) -> None:
    for name in (
        "config.toml",
        "watchlamp.db",
        "deploy/secrets/discord_token",
        ".git/config",
        ".venv/bin/python",
        "bot/__pycache__",
    ):
        assert not let_through(root, name), name


@pytest.mark.slow
def test_the_wheel_of_the_image_builds_from_what_the_image_copies_and_is_complete(root: Path, tmp_path: Path) -> None:
    context = tmp_path / "src"
    context.mkdir()
    for source, destination in copied_from_context(root):
        target = context / destination
        target.parent.mkdir(parents=True, exist_ok=True)
        if (root / source).is_dir():
            shutil.copytree(root / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / source, target)
    building = next(rest for word, rest in instructions(root) if word == "RUN" and " pip wheel " in rest)
    command = shlex.split(building)
    subprocess.run([sys.executable, *command[1:]], cwd=context, check=True, capture_output=True)
    (wheel,) = (context / "dist").glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    shipped = {
        path.relative_to(root).as_posix()
        for path in (root / "bot").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert shipped <= held


def test_the_image_runs_as_a_numbered_user_and_starts_a_verb_that_exists(root: Path, verbs: dict[str, Any]) -> None:
    given = dict(instructions(root))
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", given["USER"])
    assert json.loads(given["ENTRYPOINT"]) == ["watchlamp"]
    assert verb_of(json.loads(given["CMD"])) in verbs


def test_every_install_in_the_image_is_hashed_or_offline(root: Path) -> None:
    installs = [rest for word, rest in instructions(root) if word == "RUN" and re.search(r"pip (install|wheel)", rest)]
    assert len(installs) == 3
    assert all("--require-hashes" in rest or "--no-index" in rest for rest in installs)


def test_no_secret_is_named_in_the_image(root: Path) -> None:
    assert not [rest for word, rest in instructions(root) if word in {"ENV", "ARG"} and re.search(r"TOKEN|SECRET|PASSWORD", rest)]


def test_the_health_check_is_a_program_that_fails_when_nobody_answers(root: Path) -> None:
    given = dict(instructions(root))["HEALTHCHECK"]
    program = json.loads(given[given.index("[") :])
    asked = [part.replace(":8090/", ":9/") for part in program]  # the discard port: nobody listens there
    assert asked != program
    assert subprocess.run([sys.executable, *asked[1:]], capture_output=True, check=False).returncode != 0


# The composition


def test_the_composition_gives_the_bot_nothing_it_does_not_need(compose: dict[str, Any]) -> None:
    service = compose["services"]["watchlamp"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all("noexec" in place for place in service["tmpfs"])
    assert not {"privileged", "cap_add", "ports", "network_mode", "pid", "devices"} & set(service)
    assert [volume for volume in service["volumes"] if not volume.endswith(":ro")] == ["data:/data"]
    assert list(compose["volumes"]) == ["data"]


def test_the_composition_names_files_that_exist(root: Path, compose: dict[str, Any]) -> None:
    service = compose["services"]["watchlamp"]
    context = root / "deploy" / service["build"]["context"]
    assert context.resolve() == root
    assert (context / service["build"]["dockerfile"]).is_file()
    assert service["user"] == dict(instructions(root))["USER"]
    for volume in service["volumes"]:
        source = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", volume).split(":")[0]
        if source not in compose["volumes"]:
            assert (root / "deploy" / source).is_file(), source


def test_tokens_are_files_under_names_that_the_bot_reads(root: Path) -> None:
    service = yaml.safe_load((root / "deploy/compose.secrets.yaml").read_text(encoding="utf-8"))
    given = service["services"]["watchlamp"]
    config = "".join(path.read_text(encoding="utf-8") for path in (root / "bot/config").glob("*.py"))
    for name, path in given["environment"].items():
        assert name.endswith("_FILE")
        assert f'"{name.removesuffix("_FILE")}"' in config, name
        assert path.removeprefix("/run/secrets/") in given["secrets"]
    assert set(given["secrets"]) == set(service["secrets"])


# The unit


def test_every_line_of_the_unit_has_its_reason(unit: list[tuple[str, str, str, bool]]) -> None:
    assert [key for _, key, _, commented in unit if not commented] == []
    assert {section for section, *_ in unit} == {"Unit", "Service", "Install"}


def test_the_unit_starts_verbs_that_exist(unit: list[tuple[str, str, str, bool]], verbs: dict[str, Any]) -> None:
    started = [shlex.split(value) for _, key, value, _ in unit if key in {"ExecStart", "ExecStartPre"}]
    assert len(started) == 2
    for program, *words in started:
        assert program.endswith("/watchlamp")
        assert verb_of(words) in verbs


def test_the_unit_stays_hardened(unit: list[tuple[str, str, str, bool]]) -> None:
    settings = {(key, value) for _, key, value, _ in unit}
    assert settings >= {
        ("DynamicUser", "yes"),
        ("StateDirectoryMode", "0700"),
        ("ProtectSystem", "strict"),
        ("PrivateUsers", "yes"),
        ("CapabilityBoundingSet", ""),
        ("SystemCallFilter", "@system-service"),
        ("SystemCallFilter", "~@privileged @resources"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("MemoryDenyWriteExecute", "yes"),
        ("ProcSubset", "pid"),
        ("NoNewPrivileges", "yes"),
    }
    assert {"IPAddressDeny", "MemoryMax"} <= {key for key, _ in settings}


def test_a_reader_at_its_limit_fits_beside_the_bot_and_takes_it_not_along(
    root: Path, unit: list[tuple[str, str, str, bool]], compose: dict[str, Any]
) -> None:
    beside = 400 * 1024**2  # the bot at work (docs/operations.md, Memory), and as much again
    parts = yaml.safe_load_all((root / "deploy/kubernetes.yaml").read_text(encoding="utf-8"))
    pod = next(part for part in parts if part["kind"] == "Deployment")
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    settings = {key: value for _, key, value, _ in unit}
    given = [settings["MemoryMax"], compose["services"]["watchlamp"]["mem_limit"], container["resources"]["limits"]["memory"]]
    for room in given:
        megabytes = re.fullmatch(r"(\d+)(?:M|m|Mi)", room)
        assert megabytes is not None, room
        assert int(megabytes[1]) * 1024**2 >= Limits().memory + beside
    assert settings["OOMPolicy"] == "continue"


def test_credentials_of_the_unit_have_names_that_the_bot_reads(root: Path) -> None:
    text = (root / "deploy/watchlamp.service").read_text(encoding="utf-8")
    config = "".join(path.read_text(encoding="utf-8") for path in (root / "bot/config").glob("*.py"))
    names = re.findall(r"LoadCredential=([a-z-]+):", text)
    assert len(names) == 3
    for name in names:
        assert f'"{name.upper().replace("-", "_")}"' in config, name


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this system")
def test_systemd_judges_the_unit_well_protected(root: Path) -> None:
    command = [
        "systemd-analyze",
        "security",
        "--offline=true",
        "--no-pager",
        "--threshold=15",
        str(root / "deploy/watchlamp.service"),
    ]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout[-400:]


DENY_WRITE_EXECUTE = """
import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) != 0:  # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN: prctl(2), Linux 6.3
    sys.exit(77)
os.execv(sys.executable, [sys.executable, "-c", "from bot.cli.main import main; main()", *sys.argv[1:]])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="MemoryDenyWriteExecute= is a setting of Linux's systemd")
def test_the_readers_work_where_memory_that_was_written_is_never_run(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    sentences = " ".join(f"Sentence number {number} of the report says something of its own." for number in range(40))
    page.write_text(
        f"<html><head><title>A report</title></head><body><article><p>{sentences}</p></article></body></html>", encoding="utf-8"
    )
    command = [sys.executable, "-c", DENY_WRITE_EXECUTE, "extract", str(page), "--format", "jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip(
            "this kernel does not know PR_SET_MDWE (Linux 6.3 and newer), by which the test does what the unit asks of systemd"
        )
    assert done.returncode == 0, done.stderr
    assert "Sentence number 20" in json.loads(done.stdout)["text"]
