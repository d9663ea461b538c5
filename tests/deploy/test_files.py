"""What an administrator is handed: complete, valid, and the same in every form."""

import json
import re
import shutil
import subprocess

import jsonschema
import pytest

from melikgazi.workers.parent import POOLS
from tests.deploy import deployment
from tests.deploy.deployment import ROOT
from tooling import services

WRITTEN = json.loads((ROOT / "tests/deploy/compose_schema/compose-spec.json").read_text())
SCHEMA = jsonschema.validators.validator_for(WRITTEN)(WRITTEN)
COMPOSE = deployment.compose()
UNITS = deployment.units()
APPLICATION = ("web", "workers", "migrate", "backup")
SECRETS = {"SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_PASSWORD"} | {
    f"WHATSAPP_{name}" for name in ("APP_SECRET", "VERIFY_TOKEN", "ACCESS_TOKEN")
}


def test_the_compose_file_is_valid() -> None:
    SCHEMA.validate(COMPOSE)


def test_the_schema_would_notice_a_mistake() -> None:
    wrong = COMPOSE | {"services": {"web": {"imaeg": "melikgazi"}}}
    assert not SCHEMA.is_valid(wrong)


def test_every_variable_that_is_read_is_explained_and_no_other() -> None:
    assert set(deployment.variables_explained()) == set(deployment.variables_read())


def test_what_must_be_set_is_a_line_to_fill_in() -> None:
    required = {name for name, default in deployment.variables_read().items() if default is None}
    active = {name for name, (is_active, _) in deployment.variables_explained().items() if is_active}
    assert required <= active


def test_the_default_that_is_shown_is_the_one_that_holds() -> None:
    read = deployment.variables_read()
    for name, (active, shown) in deployment.variables_explained().items():
        if not active and shown:
            held = str(read[name]).strip("'[]").replace("False", "off").replace("True", "on")
            assert (name, shown) == (name, held)


def test_compose_asks_the_installation_for_nothing_that_is_not_explained() -> None:
    asked = re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text())
    assert set(asked) <= set(deployment.variables_explained())


def test_the_units_run_what_the_containers_run() -> None:
    command = dict(UNITS["melikgazi-workers"])["ExecStart"]
    assert command == f"/opt/melikgazi/.venv/bin/{COMPOSE['services']['workers']['command']}"
    serve = " ".join(json.loads(deployment.image()[-1][1])).replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    assert dict(UNITS["melikgazi-web"])["ExecStart"] == f"/opt/melikgazi/.venv/bin/{serve}"


def test_who_comes_through_the_proxy_of_the_containers_is_believed_and_nobody_else() -> None:
    [network] = COMPOSE["networks"]["inside"]["ipam"]["config"]
    trusted = COMPOSE["services"]["web"]["environment"]["TRUSTED_PROXIES"]
    assert trusted == f"${{TRUSTED_PROXIES:-{network['subnet']}}}"


@pytest.mark.parametrize("name", APPLICATION)
def test_the_application_may_do_little_in_its_container(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "user" not in service
    assert ("USER", "10001:10001") in deployment.image()


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_nothing_grows_without_end(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert service["mem_limit"]


def test_learning_at_night_ends_before_it_takes_the_memory_of_the_line() -> None:
    assert dict(UNITS["melikgazi-learning"])["MemoryMax"] == "1500M"


@pytest.mark.parametrize("name", [name for name in COMPOSE["services"] if name not in {"migrate", "proxy"}])
def test_a_service_says_whether_it_does_its_work(name: str) -> None:
    """The web server's stands in the image; without the proxy nobody gets as far as asking."""
    asked = COMPOSE["services"][name].get("healthcheck", dict(deployment.image()).get("HEALTHCHECK"))
    assert asked
    assert "disable" not in asked


def test_the_workers_are_well_when_every_queue_has_its_process() -> None:
    asked = COMPOSE["services"]["workers"]["healthcheck"]["test"]
    queues = [queue for pool in POOLS.values() for queue in pool]
    assert f"for queue in {' '.join(queues)};" in asked


def test_the_pages_and_the_workers_reach_meta() -> None:
    for name in ("web", "workers"):
        assert set(COMPOSE["services"][name]["networks"]) == {"inside", "outside"}


def test_a_backup_is_taken_without_anybody_asking() -> None:
    backup = COMPOSE["services"]["backup"]
    assert "profiles" not in backup
    assert backup["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", APPLICATION)
def test_no_secret_stands_in_the_environment_of_a_container(name: str) -> None:
    service = COMPOSE["services"][name]
    assert set(service["secrets"]) == set(COMPOSE["secrets"]) == SECRETS
    for secret in SECRETS:
        assert service["environment"][f"{secret}_FILE"] == f"/run/secrets/{secret}"


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_nobody_reaches_the_database_but_from_inside() -> None:
    for name in ("postgres", "valkey"):
        assert COMPOSE["services"][name]["networks"] == ["inside"]


def test_citizens_files_are_with_the_application_alone() -> None:
    holders = {
        name
        for name, service in COMPOSE["services"].items()
        if "media:/srv/media" in service.get("volumes", ())
    }
    assert holders == set(APPLICATION)


def test_the_database_is_kept_where_the_client_in_the_image_can_read_it() -> None:
    """Debian trixie's pg_dump is version 17 and refuses a newer server."""
    assert deployment.image()[0][1].startswith("python:3.13-slim-trixie")
    assert COMPOSE["services"]["postgres"]["image"] == "postgres:17"


def test_a_trial_is_kept_apart_from_the_line() -> None:
    """Nobody starts it by mistake, it holds no secret of the line, and nobody reaches it from outside."""
    trial = COMPOSE["services"]["trial"]
    assert trial["profiles"] == ["trial"]
    assert not {"env_file", "environment", "secrets", "volumes", "ports", "depends_on"} & set(trial)
    assert trial["read_only"] is True
    command = dict(deployment.image(trial=True))["CMD"]
    assert json.loads(command)[:4] == ["python", "-m", "tooling.run", "--demo"]
    kept = json.loads(command)[-1]
    assert any(each.startswith(f"{kept}:") for each in trial["tmpfs"])


@pytest.mark.parametrize("name", [*APPLICATION, "trial"])
def test_what_is_built_is_a_stage_of_the_dockerfile(name: str) -> None:
    stages = re.findall(r"^FROM \S+ AS (\w+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert COMPOSE["services"][name]["build"]["target"] in stages
    assert (ROOT / "Dockerfile").read_text().endswith("\nFROM line\n")


def test_the_dockerfile_is_written_as_hadolint_wants_it() -> None:
    hadolint = shutil.which("hadolint") or shutil.which("hadolint", path=str(ROOT / ".venv-audit/bin"))
    if not hadolint:
        pytest.skip("hadolint is not here (bin/audit brings it)")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_a_unit_runs_as_its_own_account_and_writes_where_it_must(unit: str) -> None:
    service = dict(UNITS[unit])
    assert service["User"] == "melikgazi"
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    written = " ".join(value for name, value in UNITS[unit] if name == "ReadWritePaths")
    elsewhere = {"melikgazi-media-copy": "-/var/backups/melikgazi-media", "melikgazi-learning": ""}
    backup = "/var/backups/melikgazi" if "-backup" in unit else "/var/lib/melikgazi/media"
    assert written == elsewhere.get(unit, backup)


def test_no_database_writes_what_citizens_say_into_its_log() -> None:
    guide = (ROOT / "docs" / "kurulum.md").read_text()
    command = COMPOSE["services"]["postgres"]["command"]
    for name, value in services.DISCREET.items():
        assert f"-c {name}={value}" in command
        assert f"ALTER SYSTEM SET {name} = '{value}'" in guide
