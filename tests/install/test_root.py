"""The bare machine that the guide is done on: it is one, and leaves the machine around it alone."""

from collections.abc import Iterator

import pytest

from tests.install import way_out
from tests.install.conftest import first_machine
from tests.install.root import Root

pytestmark = pytest.mark.install


@pytest.fixture(scope="module")
def machine() -> Iterator[Root]:
    with first_machine("deneme", packages=False) as made:
        yield made


def test_it_is_run_by_systemd(machine: Root) -> None:
    assert machine.run("cat /proc/1/comm; hostname").split() == ["systemd", "deneme"]


def test_it_sees_no_process_but_its_own(machine: Root) -> None:
    assert "python" not in machine.run("cat /proc/[0-9]*/comm")


@pytest.mark.parametrize("path", ["/proc/sys/kernel/panic", "/sys/kernel/tried", "/proc/sys/vm/swappiness"])
def test_it_cannot_change_what_the_kernel_does_for_all(machine: Root, path: str) -> None:
    assert not machine.succeeds(f"echo 1 > {path}")


def test_its_network_leads_nowhere(machine: Root) -> None:
    assert not machine.succeeds("timeout 10 bash -c '</dev/tcp/192.0.2.1/80'")


def test_who_is_told_of_the_way_out_reaches_where_the_packages_are(machine: Root) -> None:
    machine.run("apt-get update", variables={"http_proxy": way_out.URL})


def test_a_command_that_fails_is_shown_with_what_it_said(machine: Root) -> None:
    with pytest.raises(AssertionError, match="so it is"):
        machine.run("echo so it is >&2; exit 3")


def test_a_question_is_answered_on_a_terminal(machine: Root) -> None:
    said = machine.ask('test -t 0; read -p "Ad: " ad; echo "Merhaba $ad"', [("Ad: ", "Ayşe")])
    assert "Merhaba Ayşe" in said


def test_a_word_with_a_dollar_stays_as_it_is(machine: Root) -> None:
    assert machine.run("name=/a/b; echo ${name##*/}").strip() == "b"
