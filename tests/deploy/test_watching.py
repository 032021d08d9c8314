"""Alert rules and the dashboard ask only for what the bot tells; promtool judges the rules where there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian: prometheus) is not on this system")

PROCESS = frozenset(
    {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds", "process_start_time_seconds", "up"}
)
"""What prometheus-client tells of any process, and Prometheus itself of any target."""
ADDED = frozenset({"instance", "job", "le", "installation"})
"""Labels that Prometheus adds, that of a histogram's buckets, and the one that ``scrape.yml`` wants where several bots are."""
WORDS = frozenset(
    {
        "by",
        "and",
        "or",
        "unless",
        "on",
        "ignoring",
        "sum",
        "max",
        "min",
        "count",
        "rate",
        "increase",
        "time",
        "topk",
        "histogram_quantile",
        "predict_linear",
        "changes",
        "resets",
    }
)

_STRING = re.compile(r'"[^"]*"')


def documented() -> dict[str, set[str]]:
    """Series that queries may name, and their labels."""
    found: dict[str, set[str]] = {name: set() for name in PROCESS}
    for line in (ROOT / "docs/metrics.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `watchlamp_"):
            _, name, kind, labels, *_ = (cell.strip() for cell in line.split("|"))
            own = set(re.findall(r"`(\w+)`", labels))
            name = name.strip("`")
            for series in [f"{name}_bucket", f"{name}_count", f"{name}_sum"] if kind == "histogram" else [name]:
                found[series] = own
    return found


def named(query: str) -> tuple[set[str], set[str]]:
    """The series and the labels that a query names."""
    bare = _STRING.sub('""', query)
    labels = {word for inner in re.findall(r"\{([^}]*)\}", bare) for word in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", inner)}
    for grouped in re.findall(r"\b(?:by|on|ignoring)\s*\(([^)]*)\)", bare):
        labels |= {word.strip() for word in grouped.split(",")}
    rest = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|ignoring)\s*\([^)]*\)", " ", bare)
    return {word for word in re.findall(r"[a-zA-Z_]\w*", rest) if word not in WORDS and not re.fullmatch(r"e\d+", word)}, labels


def complaints(query: str) -> list[str]:
    """What is wrong with a query; nothing if it names only what the bot tells."""
    known = documented()
    series, labels = named(query)
    found = [f"no such metric: {name}" for name in sorted(series - known.keys())]
    may = ADDED.union(*(known[name] for name in series & known.keys()))
    found += [f"no such label: {label}" for label in sorted(labels - may)]
    return found if series else [*found, "it asks for nothing"]


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    return json.loads((ROOT / "deploy/grafana/watchlamp.json").read_text(encoding="utf-8"))


def test_a_query_is_taken_apart_into_series_and_labels():
    query = 'sum by (le, part) (rate(a_bucket{x=~"b|c",y!="d"}[5m])) / 5e8 > time() - e'
    assert named(query) == ({"a_bucket", "e"}, {"le", "part", "x", "y"})


def test_a_query_for_what_the_bot_does_not_tell_is_found():
    assert complaints("watchlamp_ready == 0") == []
    assert complaints("watchlamp_reddy == 0") == ["no such metric: watchlamp_reddy"]
    assert complaints('watchlamp_ready{source="a"}') == ["no such label: source"]
    assert complaints("watchlamp_loop_lag_seconds > 1") == ["no such metric: watchlamp_loop_lag_seconds"]  # only its buckets
    assert complaints("time() > 1") == ["it asks for nothing"]


def test_every_alert_asks_only_for_what_the_bot_tells(rules):
    assert len(rules) > 10
    assert {rule["alert"]: found for rule in rules if (found := complaints(rule["expr"]))} == {}


def test_every_alert_says_how_grave_it_is_and_what_to_do_and_is_on_the_page(rules):
    page = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    for rule in rules:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert re.fullmatch(r"\d+[mh]", rule["for"])
        assert {"summary", "description"} == rule["annotations"].keys()
        assert f"| `{rule['alert']}` | {rule['labels']['severity']} |" in page, rule["alert"]
    assert set(re.findall(r"^\| `(Watchlamp\w+)` \|", page, re.MULTILINE)) == {rule["alert"] for rule in rules}


def test_that_nobody_is_asked_is_judged_of_all_processes_together_as_some_poll_nothing(rules):
    (stopped,) = [rule for rule in rules if rule["alert"] == "WatchlampPollsStopped"]
    assert "instance" not in named(stopped["expr"])[1]
    assert "$labels.instance" not in str(stopped["annotations"])


def test_labels_in_the_words_of_an_alert_are_kept_by_its_query(rules):
    for rule in rules:
        series, _ = named(rule["expr"])
        used = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
        kept = re.findall(r"by \(([^)]*)\)", rule["expr"])
        every = {"instance", "job"}.union(*(documented()[one] for one in series))
        may = {word.strip() for word in kept[0].split(",")} if kept else every
        assert used <= may, rule["alert"]


def test_every_panel_asks_only_for_what_the_bot_tells(dashboard):
    asked = {panel["title"]: target["expr"] for panel in dashboard["panels"] for target in panel["targets"]}
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += [one["expr"] for one in dashboard["annotations"]["list"]]
    assert len(asked) > 10
    assert {query: found for query in queries if (found := complaints(query.replace("$instance", ".+")))} == {}
    (instances,) = [one["definition"] for one in dashboard["templating"]["list"] if one["type"] == "query"]
    asked_of, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", instances).groups()
    assert complaints(asked_of) == []
    assert label in ADDED


def test_every_metric_of_ours_but_what_is_told_elsewhere_is_watched_or_shown(rules, dashboard):
    queries = [rule["expr"] for rule in rules] + [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += [one["definition"] for one in dashboard["templating"]["list"] if one["type"] == "query"]
    seen = {re.sub(r"_(bucket|count|sum)$", "", name) for query in queries for name in re.findall(r"watchlamp_\w+", query)}
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in documented() if name.startswith("watchlamp_")}
    assert ours - seen == set()


def test_panels_have_ids_and_places_of_their_own_and_say_what_they_show(dashboard):
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["title"]
        assert len(panel["description"].split()) > 3
        assert panel["datasource"]["uid"] == "${datasource}"  # whoever imports it chooses


@needs_promtool
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "deploy/prometheus/alerts.yml"),
        ("test", "rules", "tests/deploy/alerts_test.yml"),
        ("check", "config", "--syntax-only", "deploy/prometheus/scrape.yml"),
    ],
)
def test_promtool_finds_nothing_wrong(arguments):
    done = subprocess.run(["promtool", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
