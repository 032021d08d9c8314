"""The manifest keeps to the "restricted" pod security standard and fits the program; schemas judge it in `make deploy`."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from bot.cli.main import app
from bot.config.load import load, unsupported
from bot.config.secret import DISCORD_TOKEN, SLACK_APP_TOKEN, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, credential_name

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def objects() -> dict[str, Any]:
    """By kind."""
    parts = list(yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text(encoding="utf-8")))
    assert len({part["kind"] for part in parts}) == len(parts)
    assert all(part["metadata"]["name"] == "watchlamp" for part in parts)
    return {part["kind"]: part for part in parts}


@pytest.fixture(scope="module")
def pod(objects: dict[str, Any]) -> dict[str, Any]:
    return objects["Deployment"]["spec"]["template"]["spec"]


@pytest.fixture(scope="module")
def container(pod: dict[str, Any]) -> dict[str, Any]:
    (only,) = pod["containers"]
    return only


def test_there_is_one_bot_and_it_ends_before_another_starts(objects):
    spec = objects["Deployment"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    assert objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert objects["PersistentVolumeClaim"]["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_the_pod_keeps_to_the_restricted_standard(pod, container):
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted, point by point."""
    inside = container["securityContext"]
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers", "ephemeralContainers"} & pod.keys()
    assert "privileged" not in inside
    assert inside["capabilities"] == {"drop": ["ALL"]}
    assert inside["allowPrivilegeEscalation"] is False
    assert pod["securityContext"]["runAsNonRoot"] is inside["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == inside["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not any("hostPort" in port for port in container["ports"])
    kinds = {next(iter(volume.keys() - {"name"})) for volume in pod["volumes"]}
    assert kinds <= {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def test_the_pod_has_nothing_it_does_not_need(pod, container):
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    writable = [mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")]
    assert sorted(writable) == ["/data", "/tmp"]
    assert "limits" in container["resources"]


def test_the_pod_runs_as_the_user_of_the_image(pod):
    user = next(
        line.split()[1] for line in (ROOT / "deploy/Dockerfile").read_text("utf-8").splitlines() if line.startswith("USER ")
    )
    context = pod["securityContext"]
    assert user == f"{context['runAsUser']}:{context['runAsGroup']}"
    assert context["fsGroup"] == context["runAsGroup"]


def test_every_volume_is_declared_and_used(objects, pod, container):
    declared = {volume["name"] for volume in pod["volumes"]}
    assert declared == {mount["name"] for mount in container["volumeMounts"]}
    by_name = {volume["name"]: volume for volume in pod["volumes"]}
    assert by_name["data"]["persistentVolumeClaim"]["claimName"] == objects["PersistentVolumeClaim"]["metadata"]["name"]
    assert by_name["tokens"]["secret"]["secretName"] == "watchlamp"
    assert by_name["tokens"]["secret"]["optional"] is True
    assert by_name["tokens"]["secret"]["defaultMode"] == 0o440


def test_no_token_stands_in_the_manifest_and_their_names_are_those_the_bot_reads(objects, container):
    assert "Secret" not in objects  # an empty one would be in the way of the one with the tokens, and applied again empty it
    text = (ROOT / "deploy/kubernetes.yaml").read_text(encoding="utf-8")
    keys = re.findall(r"--from-file=(\S+)=FILE", text)
    assert keys == [credential_name(name) for name in (SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET, DISCORD_TOKEN)]
    assert "--from-file=" not in re.sub(r"--from-file=\S+=FILE", "", text)  # else the file's name is the key
    folder = {entry["name"]: entry["value"] for entry in container["env"]}["CREDENTIALS_DIRECTORY"]
    assert folder in [mount["mountPath"] for mount in container["volumeMounts"]]


def test_the_configuration_in_the_manifest_is_good_and_the_probes_ask_where_it_listens(objects, container, tmp_path):
    text = objects["ConfigMap"]["data"]["config.toml"]
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    settings = load(path, environ={})
    assert not unsupported(settings)
    listen = tomllib.loads(text)["web"]["listen"]
    (port,) = container["ports"]
    assert listen == f"0.0.0.0:{port['containerPort']}"
    assert settings.database_url == "sqlite:/data/watchlamp.db"
    asked = {kind: container[kind]["httpGet"] for kind in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {kind: get["path"] for kind, get in asked.items()} == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",  # what no restart mends must not restart
        "readinessProbe": "/readyz",
    }
    assert {get["port"] for get in asked.values()} == {port["name"]}


def test_the_arguments_are_a_verb_and_options_that_exist(container):
    verb, *words = container["args"]
    options = {option for parameter in get_command(app).commands[verb].params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options
    assert words[words.index("--config") + 1] == "/etc/watchlamp/config.toml"


def test_the_policy_leaves_every_private_network_out_of_reach(objects):
    """The same networks as the unit's, as a second wall behind the address guard."""
    spec = objects["NetworkPolicy"]["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    _, web = spec["egress"]
    blocks = {target["ipBlock"]["cidr"]: target["ipBlock"]["except"] for target in web["to"]}
    assert {port["port"] for port in web["ports"]} == {80, 443}
    unit = (ROOT / "deploy/watchlamp.service").read_text(encoding="utf-8")
    (denied,) = [line.removeprefix("IPAddressDeny=") for line in unit.splitlines() if line.startswith("IPAddressDeny=")]
    for name in denied.split():
        if name != "multicast":
            assert name in blocks["::/0" if ":" in name else "0.0.0.0/0"]
    for cidr, excepted in blocks.items():
        assert all(ipaddress.ip_network(inner).subnet_of(ipaddress.ip_network(cidr)) for inner in excepted)


def test_nobody_but_prometheus_comes_in(objects):
    (rule,) = objects["NetworkPolicy"]["spec"]["ingress"]
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
