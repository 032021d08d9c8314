"""The manifests of several machines keep to the "restricted" pod security standard; schemas judge them in `make schemas`."""

from __future__ import annotations

import copy
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from bot.cli.main import app
from bot.config.load import load, unsupported
from bot.config.secret import (
    DATABASE_PASSWORD,
    DISCORD_TOKEN,
    SLACK_APP_TOKEN,
    SLACK_BOT_TOKEN,
    SLACK_SIGNING_SECRET,
    credential_name,
)

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ROLES = ("worker", "gateway", "web")


@pytest.fixture(scope="module")
def objects() -> dict[tuple[str, str], Any]:
    """By kind and name."""
    parts = list(yaml.safe_load_all((DEPLOY / "kubernetes-cluster.yaml").read_text(encoding="utf-8")))
    found = {(part["kind"], part["metadata"]["name"]): part for part in parts}
    assert len(found) == len(parts)
    return found


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    """The manifest of one bot, by kind."""
    parts = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8"))
    return {part["kind"]: part for part in parts}


def pod(objects: dict[tuple[str, str], Any], role: str) -> dict[str, Any]:
    return objects["Deployment", f"watchlamp-{role}"]["spec"]["template"]["spec"]


def containers(objects: dict[tuple[str, str], Any], role: str) -> list[dict[str, Any]]:
    inside = pod(objects, role)
    return [*inside["initContainers"], *inside["containers"]]


def test_there_is_everything_that_is_needed_and_nothing_else(objects):
    assert set(objects) == {
        ("ConfigMap", "watchlamp"),
        *(("Deployment", f"watchlamp-{role}") for role in ROLES),
        *(("PodDisruptionBudget", f"watchlamp-{role}") for role in ROLES),
        ("Service", "watchlamp-web"),
        ("NetworkPolicy", "watchlamp"),
        ("NetworkPolicy", "watchlamp-web"),
    }


@pytest.mark.parametrize("role", ROLES)
def test_two_of_each_role_are_replaced_one_by_one_and_one_stays_while_machines_are_emptied(objects, role):
    spec = objects["Deployment", f"watchlamp-{role}"]["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    budget = objects["PodDisruptionBudget", f"watchlamp-{role}"]["spec"]
    assert 1 <= budget["minAvailable"] < spec["replicas"]
    labels = spec["template"]["metadata"]["labels"]
    assert labels == spec["selector"]["matchLabels"] == budget["selector"]["matchLabels"]
    assert labels["app.kubernetes.io/component"] == role
    (spread,) = pod(objects, role)["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == labels
    assert spread["topologyKey"] == "kubernetes.io/hostname"


@pytest.mark.parametrize("role", ROLES)
def test_every_pod_keeps_to_the_restricted_standard_and_has_nothing_it_does_not_need(objects, role, alone):
    inside, single = pod(objects, role), alone["Deployment"]["spec"]["template"]["spec"]
    assert not {"hostNetwork", "hostPID", "hostIPC", "ephemeralContainers"} & inside.keys()
    assert inside["automountServiceAccountToken"] is False
    for key in ("securityContext", "terminationGracePeriodSeconds", "enableServiceLinks"):
        assert inside[key] == single[key], key
    for container in containers(objects, role):
        assert container["securityContext"] == single["containers"][0]["securityContext"]
        assert [mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")] == ["/tmp"]
        assert "memory" in container["resources"]["limits"]
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in inside["volumes"]}


def test_the_roles_differ_in_their_names_their_verbs_and_what_they_ask_for_alone(objects):
    def plain(role: str) -> dict[str, Any]:
        part = copy.deepcopy(objects["Deployment", f"watchlamp-{role}"])
        (main,) = part["spec"]["template"]["spec"]["containers"]
        del main["args"][0], main["resources"]
        return yaml.safe_load(yaml.safe_dump(part).replace(role, "ROLE"))

    assert plain("worker") == plain("gateway") == plain("web")


@pytest.mark.parametrize("role", ROLES)
def test_the_schema_is_upgraded_before_and_each_role_is_a_verb_with_options_that_exist(objects, role):
    before, main = containers(objects, role)
    assert before["args"][:2] == ["db", "upgrade"]
    assert main["args"][0] == role
    commands = get_command(app).commands
    for arguments, command in ((before["args"][2:], commands["db"].commands["upgrade"]), (main["args"][1:], commands[role])):
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in arguments if word.startswith("--")} <= known
        assert arguments[arguments.index("--config") + 1] == "/etc/watchlamp/config.toml"
    assert main["args"][main["args"].index("--listen") + 1] == f"0.0.0.0:{main['ports'][0]['containerPort']}"


@pytest.mark.parametrize("role", ROLES)
def test_probes_restart_only_what_a_restart_mends(objects, role):
    _, main = containers(objects, role)
    asked = {kind: main[kind]["httpGet"] for kind in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert asked["startupProbe"]["path"] == asked["livenessProbe"]["path"] == "/healthz"
    assert asked["readinessProbe"]["path"] == "/readyz"
    assert {get["port"] for get in asked.values()} == {main["ports"][0]["name"]}


def test_the_configuration_is_good_on_postgresql_and_listens_where_the_probes_ask(objects, tmp_path):
    text = objects["ConfigMap", "watchlamp"]["data"]["config.toml"]
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    settings = load(path, environ={})
    assert not unsupported(settings)
    assert settings.database_url.startswith("postgresql://")
    assert {tomllib.loads(text)["web"]["listen"]} == {
        f"0.0.0.0:{containers(objects, role)[1]['ports'][0]['containerPort']}" for role in ROLES
    }


def test_no_token_and_no_password_stands_in_the_manifests_and_their_names_are_those_the_bot_reads(objects):
    assert not [kind for kind, _ in objects if kind == "Secret"]
    text = (DEPLOY / "kubernetes-cluster.yaml").read_text(encoding="utf-8")
    named = [DATABASE_PASSWORD, SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET, DISCORD_TOKEN]
    assert re.findall(r"--from-file=(\S+)=FILE", text) == [credential_name(name) for name in named] * len(ROLES)
    for role in ROLES:
        for container in containers(objects, role):
            (folder,) = [entry["value"] for entry in container["env"] if entry["name"] == "CREDENTIALS_DIRECTORY"]
            assert folder in [mount["mountPath"] for mount in container["volumeMounts"]]


def test_the_policy_is_that_of_one_bot_and_lets_the_database_be_reached_besides(objects, alone):
    ours, single = objects["NetworkPolicy", "watchlamp"]["spec"], alone["NetworkPolicy"]["spec"]
    assert (ours["podSelector"], ours["policyTypes"], ours["ingress"]) == (
        single["podSelector"],
        single["policyTypes"],
        single["ingress"],
    )
    names, database, web = ours["egress"]
    assert [names, web] == single["egress"]
    assert database["ports"] == [{"protocol": "TCP", "port": 5432}]
    assert database["to"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "database"}}}]


def test_a_proxy_reaches_the_web_and_nobody_else(objects):
    policy, service = objects["NetworkPolicy", "watchlamp-web"]["spec"], objects["Service", "watchlamp-web"]["spec"]
    assert policy["podSelector"]["matchLabels"] == service["selector"]
    assert service["selector"]["app.kubernetes.io/component"] == "web"
    (rule,) = policy["ingress"]
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}]
    assert service["ports"][0]["targetPort"] == "http"
