"""The composition of several processes gives each nothing it does not need; schemas judge it in `make schemas`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from bot.cli.main import app
from bot.config.load import load, unsupported
from bot.config.secret import DATABASE_PASSWORD

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ROLES = ("worker", "gateway", "web")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.cluster.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    """The composition of one process."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]["watchlamp"]


def test_there_are_a_database_an_upgrade_two_workers_a_gateway_and_a_web(compose):
    services = compose["services"]
    assert set(services) == {"database", "upgrade", *ROLES}
    assert services["worker"]["deploy"] == {"replicas": 2}
    for role in ROLES:
        assert services[role]["depends_on"] == {"upgrade": {"condition": "service_completed_successfully"}}
    assert services["upgrade"]["depends_on"] == {"database": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", ["database", "upgrade", *ROLES])
def test_every_service_runs_without_root_without_rights_and_on_a_root_that_it_cannot_write(compose, name):
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert all("noexec" in place for place in service["tmpfs"])
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)
    assert service["pids_limit"] > 0
    assert "max-size" in service["logging"]["options"]


def test_the_roles_are_confined_as_the_one_process_is(compose, alone):
    for role in (*ROLES, "upgrade"):
        service = compose["services"][role]
        same = (
            "image",
            "build",
            "user",
            "read_only",
            "cap_drop",
            "security_opt",
            "pids_limit",
            "mem_limit",
            "init",
            "stop_grace_period",
        )
        for key in same:
            assert service[key] == alone[key], key
        assert all(volume.endswith(":ro") for volume in service["volumes"])


def test_every_role_is_a_verb_with_options_that_exist_and_answers_the_images_health_check(compose):
    commands = get_command(app).commands
    for name, verb in (("upgrade", ["db", "upgrade"]), *((role, [role]) for role in ROLES)):
        words = compose["services"][name]["command"]
        assert words[: len(verb)] == verb
        command = commands[verb[0]] if len(verb) == 1 else commands[verb[0]].commands[verb[1]]
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options
        assert words[words.index("--config") + 1] == "/etc/watchlamp/config.toml"
        if name in {"worker", "gateway"}:  # the web listens where the configuration says
            assert words[words.index("--listen") + 1] == "0.0.0.0:8090"


def test_the_web_alone_is_published_and_on_this_machine_alone(compose):
    services = compose["services"]
    assert {name for name, service in services.items() if "ports" in service} == {"web"}
    assert services["web"]["ports"] == ["127.0.0.1:8090:8090"]


def test_the_database_has_no_way_out_and_the_others_reach_it(compose):
    assert compose["networks"]["inside"] == {"internal": True}
    assert compose["services"]["database"]["networks"] == ["inside"]
    for role in ROLES:
        assert "inside" in compose["services"][role]["networks"]


def test_the_password_is_a_file_of_that_name_and_stands_nowhere(compose):
    services = compose["services"]
    assert services["database"]["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/pgpassword"
    for role in (*ROLES, "upgrade"):
        assert services[role]["environment"] == {f"{DATABASE_PASSWORD}_FILE": "/run/secrets/pgpassword"}
        assert services[role]["secrets"] == ["pgpassword"]
    assert compose["secrets"] == {"pgpassword": {"file": "./secrets/pgpassword"}}
    assert not [value for service in services.values() for value in service["environment"].values() if ":" in value]


def test_its_configuration_is_good_and_names_that_database(compose):
    settings = load(DEPLOY / "cluster.toml", environ={})
    assert not unsupported(settings)
    database = compose["services"]["database"]["environment"]
    assert settings.database_url == f"postgresql://{database['POSTGRES_USER']}@database/{database['POSTGRES_DB']}"
    assert settings.web is not None
    assert (settings.web.host, settings.web.port) == ("0.0.0.0", 8090)
    for role in (*ROLES, "upgrade"):
        (volume,) = compose["services"][role]["volumes"]
        assert re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", volume) == "./cluster.toml:/etc/watchlamp/config.toml:ro"


def test_the_database_takes_all_connections_of_these_processes_and_some_more(compose):
    command = compose["services"]["database"]["command"]
    (most,) = [int(word.split("=")[1]) for word in command if word.startswith("max_connections=")]
    text = (DEPLOY.parent / "benchmarks/assumptions.toml").read_text(encoding="utf-8")
    each = int(re.findall(r"^connections_of_a_process = (\d+)", text, re.MULTILINE)[0])
    assert 4 * each < most < 12 * each * 2
