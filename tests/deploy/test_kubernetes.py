"""The manifests: what Kubernetes' own published schemas take, and what every pod must have."""

import functools
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django.core.management import get_commands

from melikgazi.backup.verification import SUFFIX
from melikgazi.web import server
from melikgazi.workers.parent import QUEUES
from tests.deploy import deployment
from tests.deploy.deployment import ROOT

FOLDER = ROOT / "deploy/kubernetes"
BY_HAND = FOLDER / "restore"  # applied while the line stands still
VERSIONS = ("1.30", "1.34")
APPLICATION = "10001"  # the account of the image
NAME = "app.kubernetes.io/name"
Manifest = dict[str, Any]


def kustomization(folder: Path) -> Manifest:
    read: Manifest = yaml.safe_load((folder / "kustomization.yaml").read_text())
    return read


@functools.cache
def manifests() -> tuple[Manifest, ...]:
    """All of them: those of the line, and those that are applied by hand."""
    paths = [folder / name for folder in (FOLDER, BY_HAND) for name in kustomization(folder)["resources"]]
    return tuple(each for path in paths for each in yaml.safe_load_all(path.read_text()))


def of_kind(*kinds: str) -> dict[str, Manifest]:
    return {each["metadata"]["name"]: each for each in manifests() if each["kind"] in kinds}


def pods() -> dict[str, Manifest]:
    """The templates of all pods by the names of what makes them."""
    made = {name: each["spec"]["template"] for name, each in of_kind("Deployment", "Job").items()}
    nightly = of_kind("CronJob").items()
    return made | {name: each["spec"]["jobTemplate"]["spec"]["template"] for name, each in nightly}


def settings() -> dict[str, str]:
    found: dict[str, str] = of_kind("ConfigMap")["melikgazi-settings"]["data"]
    return found


def with_offers(name: str) -> str:
    """The manifest as it is where somebody takes all that it offers: lines of YAML after a # alone."""
    return re.sub(r"^( *)#(?=- |  |[A-Z_]+: )", r"\1", (FOLDER / name).read_text(), flags=re.MULTILINE)


def titles() -> list[str]:
    return [f"{each['kind']}/{each['metadata']['name']}" for each in manifests()]


PODS = sorted(pods())
DEPLOYMENTS = sorted(of_kind("Deployment"))


def test_no_whole_private_network_is_believed_who_asks() -> None:
    for each in settings()["TRUSTED_PROXIES"].split(","):
        assert ip_network(each.strip()).num_addresses <= 256


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("number", range(len(manifests())), ids=titles())
def test_a_manifest_is_what_kubernetes_takes(number: int, version: str) -> None:
    kubernetes_validate.validate(manifests()[number], version, strict=True)


def test_a_manifest_with_a_mistake_is_not_taken() -> None:
    wrong = of_kind("Deployment")["web"] | {"spec": of_kind("Deployment")["web"]["spec"] | {"replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("folder", [FOLDER, BY_HAND], ids=lambda folder: folder.name)
def test_every_file_is_listed(folder: Path) -> None:
    files = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    assert sorted(kustomization(folder)["resources"]) == sorted(files)
    assert len(titles()) == len(set(titles()))


def test_what_is_applied_by_hand_is_of_the_same_image_beside_the_line() -> None:
    ours, by_hand = kustomization(FOLDER), kustomization(BY_HAND)
    assert {name for name in ours if ours[name] != by_hand[name]} == {"resources"}


@pytest.mark.parametrize("name", PODS)
def test_a_pod_may_nothing_and_writes_nothing(name: str) -> None:
    pod = pods()[name]
    assert pod["metadata"]["labels"] == {NAME: name}
    own = pod["spec"]["securityContext"]
    assert own["runAsNonRoot"]
    assert str(own["runAsUser"]) == APPLICATION == dict(deployment.image())["USER"].split(":")[0]
    assert own["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["spec"]["automountServiceAccountToken"] is False
    [container] = pod["spec"]["containers"]
    assert container["image"] == "melikgazi"
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    mounts = {each["name"]: each for each in container["volumeMounts"]}
    assert mounts.keys() == {each["name"] for each in pod["spec"]["volumes"]}
    assert mounts["secrets"]["readOnly"]
    assert {"/tmp", "/srv/media"} <= {each["mountPath"] for each in mounts.values()}  # noqa: S108 - in the container


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_what_goes_on_is_watched_and_never_all_taken_away_at_once(name: str) -> None:
    found = of_kind("Deployment")[name]
    assert found["spec"]["selector"]["matchLabels"] == {NAME: name}
    [container] = found["spec"]["template"]["spec"]["containers"]
    assert "livenessProbe" in container
    budgets = [each["spec"]["selector"]["matchLabels"] for each in of_kind("PodDisruptionBudget").values()]
    if found["spec"]["replicas"] > 1:
        assert {NAME: name} in budgets
    else:
        assert name == "beat"
        assert found["spec"]["strategy"] == {"type": "Recreate"}


def test_the_pages_are_asked_whether_they_are_ready_by_a_name_that_they_know() -> None:
    [server] = pods()["web"]["spec"]["containers"]
    for probe, path in (
        ("startupProbe", "/healthz"),
        ("livenessProbe", "/healthz"),
        ("readinessProbe", "/readyz"),
    ):
        asked = server[probe]["httpGet"]
        assert (asked["path"], asked["httpHeaders"]) == (path, [{"name": "Host", "value": "localhost"}])
    service = of_kind("Service")["web"]["spec"]
    assert service["selector"] == {NAME: "web"}
    assert [port["targetPort"] for port in service["ports"]] == [port["name"] for port in server["ports"]]


def test_every_queue_has_its_workers_and_these_are_looked_for() -> None:
    worked = []
    for name in DEPLOYMENTS:
        [container] = pods()[name]["spec"]["containers"]
        command = container.get("command", [])
        if "melikgazi.workers" in command:
            queues = [queue for pool in command[-1].split(",") for queue in QUEUES[pool]]
            script = container["livenessProbe"]["exec"]["command"][-1]
            assert script.count("grep") == len(queues)
            assert all(f"'{queue}(-[0-9]+)?'" in script for queue in queues)
            worked += queues
    assert sorted(worked) == sorted({queue for queues in QUEUES.values() for queue in queues})


def test_the_tables_are_brought_up_to_date_by_a_job() -> None:
    [container] = pods()["migrate"]["spec"]["containers"]
    assert container["command"] == ["python", "manage.py", "update_database", "--no-input"]


def test_files_are_restored_to_a_disk_that_outlives_the_pod() -> None:
    pod = pods()["restore"]["spec"]
    [container] = pod["containers"]
    claims = {
        each["name"]: each["persistentVolumeClaim"]
        for each in pod["volumes"]
        if "persistentVolumeClaim" in each
    }
    disks = {
        each["mountPath"]: claims[each["name"]]["claimName"]
        for each in container["volumeMounts"]
        if each["name"] in claims
    }
    assert disks == {"/srv/media": "melikgazi-restore", "/srv/backup": "melikgazi-backup"}
    assert set(disks.values()) == set(of_kind("PersistentVolumeClaim"))
    assert container["env"] == [{"name": "MEDIA_ROOT", "value": "/srv/media/restored"}]  # no lost+found in it
    assert of_kind("Job")["restore"]["spec"]["backoffLimit"] == 0


def test_the_readme_restores_in_the_order_that_holds() -> None:
    _, _, walk = (FOLDER / "README.md").read_text().partition("## Geri yükleme")
    commands = re.findall(r"^ {7}(.+)", walk, re.MULTILINE)
    run = [re.sub(r".* -- python manage\.py (\w+).*", r"\1", each) for each in commands]
    steps = ["restore", "after_restore", "move_media"]
    assert [each for each in run if each in get_commands()] == steps
    begun = commands.index("kubectl apply -k restore")
    ended = commands.index("kubectl delete -k restore")
    assert (
        begun < run.index("restore") < run.index("move_media") < ended < commands.index("kubectl apply -k .")
    )
    for name in of_kind("CronJob"):
        stopped, started = (
            f'kubectl -n melikgazi patch cronjob {name} -p \'{{"spec":{{"suspend":{value}}}}}\''
            for value in ("true", "false")
        )
        assert commands.index(stopped) < begun < ended < commands.index(started)
    assert commands.index("kubectl -n melikgazi scale deployment --all --replicas=0") < begun


def test_the_database_in_which_backups_are_tried_is_opened() -> None:
    [container] = pods()["backup"]["spec"]["containers"]
    assert "--verify" in container["command"][-1]
    assert f"for ad in melikgazi melikgazi{SUFFIX}; do" in (FOLDER / "README.md").read_text()


def test_the_ingress_passes_on_what_the_line_takes() -> None:
    annotations = of_kind("Ingress")["web"]["metadata"]["annotations"]
    passed = re.fullmatch(r"(\d+)m", annotations["nginx.ingress.kubernetes.io/proxy-body-size"])
    assert passed
    assert int(passed[1]) * server.MEBIBYTE >= server.LONGEST_WITH_FILES


def test_the_settings_that_are_offered_are_read_and_are_words() -> None:
    offered = yaml.safe_load(with_offers("settings.yaml"))
    kubernetes_validate.validate(offered, VERSIONS[-1], strict=True)
    more = offered["data"].keys() - settings().keys()
    assert more == {"DATABASE_POOLED", "DATABASE_DIRECT_URL"}
    assert more <= deployment.variables_read().keys()


def test_the_ways_that_are_offered_are_ways() -> None:
    offered = list(yaml.safe_load_all(with_offers("network.yaml")))
    for each in offered:
        kubernetes_validate.validate(each, VERSIONS[-1], strict=True)
    [ways] = [each["spec"]["egress"] for each in offered if each["metadata"]["name"] == "services"]
    inside = {port["port"] for way in ways if "namespaceSelector" in way["to"][0] for port in way["ports"]}
    outside = {port["port"] for way in ways if "ipBlock" in way["to"][0] for port in way["ports"]}
    assert inside == {53, 5432, 6379, 6432, 5672, 26379}
    assert outside == {6432, 5000, 5672, 26379, 6379}


def test_every_setting_is_one_that_the_line_reads_and_secrets_are_files() -> None:
    read = deployment.variables_read()
    for name in settings():
        known = name.removesuffix("_FILE")
        assert known in read or name == "AWS_SHARED_CREDENTIALS_FILE", name
    needed = {name for name, default in read.items() if default is None}
    given = {name.removesuffix("_FILE") for name in settings()}
    assert needed <= given
    secret = {name for name in settings() if "SECRET" in name or "TOKEN" in name or "PASSWORD" in name}
    assert secret == {name for name in secret if name.endswith("_FILE")}
    readme = (FOLDER / "README.md").read_text()
    for name, value in settings().items():
        if name.endswith("_FILE"):
            assert value.startswith("/run/secrets/melikgazi/")
            assert f"--from-file={Path(value).name}" in readme


def test_nobody_speaks_to_anybody_unless_it_is_said() -> None:
    policies = of_kind("NetworkPolicy")
    assert policies["nothing"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    entered = [each["spec"]["podSelector"] for each in policies.values() if each["spec"].get("ingress")]
    assert entered == [{"matchLabels": {NAME: "web"}}]
    anywhere = [
        name
        for name, each in policies.items()
        if any("to" not in way for way in each["spec"].get("egress", []))
    ]
    assert anywhere == ["outside"]
    [rule] = policies["outside"]["spec"]["podSelector"]["matchExpressions"]
    assert rule["operator"] == "NotIn"
    assert set(rule["values"]) <= set(PODS)
    ports = {port["port"] for way in policies["outside"]["spec"]["egress"] for port in way["ports"]}
    assert ports == {443, 587}
