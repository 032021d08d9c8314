"""What docs/runbook.md tells people to type is there: files, objects, services, keys, roles, alerts, and the times it promises.

That every verb and option of ours exists is seen by tests/project/test_blocks.py, as on all pages.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.adapters.discord.whose import RESERVE_WAITS
from bot.config.secret import credential_name
from bot.core.duties import Duty
from bot.outbox.drain import LEASE
from bot.scheduler import cluster, leads

ROOT = Path(__file__).resolve().parents[2]
PLACE = re.compile(r"NODE|POD|FILE|NAMESPACE|.*\.\.\.")


@pytest.fixture(scope="module")
def page() -> str:
    return (ROOT / "docs/runbook.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def typed(page) -> list[list[str]]:
    """The words of every command, in blocks and in sentences."""
    lines = re.findall(r"^ {4,}(.+)$", page, re.MULTILINE) + re.findall(r"`([^`\n]+)`", page)
    programs = ("kubectl", "docker", "systemctl", "psql", "createdb", "createuser", "pg_restore", "pg_isready", "watchlamp")
    return [shlex.split(line.split(" &", maxsplit=1)[0]) for line in lines if line.split()[0] in programs]


@pytest.fixture(scope="module")
def objects() -> set[str]:
    """``kind/name`` of everything in the manifests."""
    parts: list[dict[str, Any]] = list(yaml.safe_load_all((ROOT / "deploy/kubernetes-cluster.yaml").read_text(encoding="utf-8")))
    return {f"{part['kind'].lower()}/{part['metadata']['name']}" for part in parts}


def test_every_object_and_file_that_kubectl_is_told_of_exists_and_stands_in_one_namespace(typed, objects):
    told = [words for words in typed if words[0] == "kubectl" and len(words) > 1]
    assert len(told) > 12
    for words in told:
        for word in words:
            if re.fullmatch(r"[a-z]+/[a-z-]+", word):
                assert word in objects, word
        if "-f" in words:
            assert (ROOT / words[words.index("-f") + 1]).is_file()
        if "--namespace" in words:
            assert words[words.index("--namespace") + 1] in {"watchlamp", "NAMESPACE"}
        else:
            assert words[1] in {"create", "label", "drain"}, words  # of namespaces and nodes, which stand in none
    components = {found for words in told for found in re.findall(r"component=(\w+)", " ".join(words))}
    assert {f"deployment/watchlamp-{name}" for name in components} <= objects


def test_every_service_that_compose_is_told_of_exists(typed):
    told = [words for words in typed if words[:2] == ["docker", "compose"]]
    assert len(told) > 6
    for words in told:
        path = ROOT / words[words.index("-f") + 1]
        services = yaml.safe_load(path.read_text(encoding="utf-8"))["services"]
        verb, *rest = words[words.index("-f") + 2 :]
        assert verb in {"up", "ps", "stop", "start"}
        scaled = [word.split("=")[0] for word in rest if "=" in word]
        named = [word for word in rest if re.fullmatch(r"[a-z]+", word)]
        assert set(scaled + named) <= set(services)


def test_the_keys_of_the_secret_are_those_that_the_manifests_name(page):
    named = re.findall(r"--from-file=([a-z-]+)=", (ROOT / "deploy/kubernetes-cluster.yaml").read_text(encoding="utf-8"))
    told = re.findall(r"--from-file=([a-z-]+)=", page)
    assert told
    assert set(told) <= set(named)
    assert credential_name("PGPASSWORD") in told
    assert f"LoadCredential={credential_name('PGPASSWORD')}:" in page


def test_what_is_stopped_started_and_rolled_back_is_every_role(typed):
    rolled = {words[-1] for words in typed if words[:3] == ["kubectl", "rollout", "undo"]}
    assert rolled == {f"deployment/watchlamp-{role}" for role in ("worker", "gateway", "web")}
    stopped = [words for words in typed if words[:2] == ["docker", "compose"] and "stop" in words]
    assert [set(words[words.index("stop") + 1 :]) for words in stopped] == [{"worker", "gateway", "web"}]
    assert len(Duty) == len(rolled)


def test_every_alert_is_explained_and_no_other(page):
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    there = {rule["alert"] for group in groups for rule in group["rules"]}
    section = page.split("\n## What alerts mean\n")[1].split("\n## ")[0]
    assert set(re.findall(r"`(Watchlamp\w+)`", section)) == there
    assert set(re.findall(r"`(Watchlamp\w+)`", page)) == there


def test_the_times_that_are_promised_are_those_of_the_program(page):
    lost = page.split("\n## Lose a node\n")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| ([^|]+?) \| [^|]+ \| ([^|]+?) \|$", lost, re.MULTILINE))
    lease = f"{leads.LEASE.total_seconds():.0f} s"
    assert rows["filing"] == lease
    assert rows["Discord's gateway"] == f"{RESERVE_WAITS:g} s an answer; the lease {lease}"
    assert rows["sources to ask"] == f"{cluster.DEAD_AFTER:.0f} to {cluster.DEAD_AFTER + cluster.REAPED_EVERY:.0f} s"
    assert rows["a message on its way"].startswith(f"{LEASE.total_seconds():.0f} s")
    assert f"`{cluster.SCHEMA}`" in page


def test_every_heading_of_which_the_runbook_speaks_is_one_of_the_jobs_it_is_for(page):
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    wanted = [
        "Add a node",
        "Lose a node",
        "Lose the database",
        "Restore",
        "Move",
        "Roll an upgrade",
        "Roll it back",
        "What alerts mean",
    ]
    assert [heading for heading in headings if heading in wanted] == wanted
