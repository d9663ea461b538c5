"""When a program that died is started again."""

from tooling.supervisor import LONGEST_PAUSE, Restarts


def test_the_first_restart_follows_at_once():
    assert Restarts().after_death(started=0, now=5) == 0.2


def test_the_pauses_double():
    restarts = Restarts()
    assert [restarts.after_death(started=at, now=at + 1) for at in (0, 2, 4)] == [0.2, 0.4, 0.8]


def test_the_pauses_stop_growing():
    restarts = Restarts()
    pauses = [restarts.after_death(started=at, now=at + 20) for at in range(0, 300, 30)]
    assert pauses[-1] == LONGEST_PAUSE


def test_the_pauses_begin_anew_after_a_minute_alive():
    restarts = Restarts()
    restarts.after_death(started=0, now=1)
    restarts.after_death(started=2, now=3)
    assert restarts.after_death(started=4, now=64) == 0.2
    assert restarts.after_death(started=65, now=66) == 0.4


def test_the_fifth_death_within_a_minute_is_the_last():
    restarts = Restarts()
    pauses = [restarts.after_death(started=at, now=at + 1) for at in (0, 10, 20, 30, 40)]
    assert None not in pauses[:4]
    assert pauses[4] is None


def test_five_deaths_over_more_than_a_minute_are_forgiven():
    restarts = Restarts()
    pauses = [restarts.after_death(started=at, now=at + 1) for at in range(0, 160, 16)]
    assert None not in pauses
