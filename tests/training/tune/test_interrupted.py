"""Searches that are killed, whole or in part, here and on a cluster: no combination is lost, none is tried twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from optuna.storages.journal import JournalFileOpenLock

from sporeprint_training.errors import BadInput
from sporeprint_training.tune.overview import RunningTrial, studies
from sporeprint_training.workers import SeparateWorkers, cluster_workers
from stand_in_trial import LOG, WAITS
from tuned_studies import SEARCHED, table, tried

CLUSTER = """
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        input()
"""


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def begun(runs) -> int:
    return len((runs / LOG).read_text().splitlines()) if (runs / LOG).exists() else 0


@pytest.mark.parametrize("type_", ["random", "bayesian"])
def test_a_search_killed_half_way_and_continued_loses_and_doubles_nothing(
    write_group, make_group, search, search_apart, runs, type_
):
    keys = {"type": type_, "trials": 20, "startup_trials": 8}
    with search_apart(write_group(SEARCHED | {"max_epochs": 30}, **keys)) as running:
        until(lambda: begun(runs) >= 9)
        running.kill()
    tuned = search(make_group(SEARCHED | {"max_epochs": 30}, **keys), resume=True)
    rows = table(tuned)
    assert tuned.standing.tried == len(set(tried(rows, "complete"))) == len(tried(rows, "complete")) == 20
    repeated = {row["repeats"] for row in rows if row["repeats"]}
    assert repeated == {row["trial"] for row in rows if row["state"] == "lost"}
    if type_ == "random":
        whole = search(make_group(SEARCHED, name="whole", **keys))
        assert set(tried(table(whole))) == set(tried(rows))


def test_what_runs_and_what_waits_is_shown_meanwhile(write_group, search_apart, runs, make_group, search):
    content = {"seed": [3, WAITS, 5], "max_epochs": 1, "batch_size": [16, 32]}
    with search_apart(write_group(content)) as running:
        both = {f"seed {WAITS}, batch_size {size}" for size in (16, 32)}
        until(lambda: {trial.tries for item in studies(runs) for trial in item.running} == both)
        (found,) = studies(runs)
        assert (found.working, found.standing.waiting > 0, found.dataset) == (True, True, "coloured")
        assert found.best is not None
        with pytest.raises(BadInput, match="another one works on"):
            search(make_group(content), resume=True)
        running.kill()
    until(lambda: not studies(runs)[0].working)
    (runs / "go").touch()
    tuned = search(make_group(content), resume=True)
    assert len(set(tried(table(tuned), "complete"))) == len(tried(table(tuned), "complete")) == 6


def test_half_a_line_of_a_full_disk_and_the_lock_of_a_killed_writer_stop_nobody(make_group, search, runs):
    content = {"seed": [1, 2, 3, 4], "max_epochs": 1}
    search(make_group(content, trials=2))
    journal = runs / "studies" / "group" / "journal.log"
    with journal.open("a") as stream:
        stream.write('{"op_code": 4, "worker')
    JournalFileOpenLock(str(journal)).acquire()
    started = time.monotonic()
    tuned = search(make_group(content, trials=4), resume=True)
    assert sorted(tried(table(tuned), "complete")) == [("1",), ("2",), ("3",), ("4",)]
    assert time.monotonic() - started < 20  # Optuna itself waits 30 for such a lock


def test_leaving_ends_what_still_runs():
    workers = SeparateWorkers(1)
    process = workers.submit(os.getpid).result()
    future = workers.submit(time.sleep, 600)
    until(future.running)
    workers.shutdown(cancel_futures=True)
    until(lambda: not _alive(process))
    assert future.exception() is not None


def _alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.fixture
def cluster(tmp_path, monkeypatch) -> Iterator[str]:
    """Address of a scheduler with two workers, each a process of its own."""
    program = tmp_path / "cluster.py"
    program.write_text(CLUSTER)
    monkeypatch.setenv("PYTHONPATH", ":".join(sys.path))
    with subprocess.Popen(
        [sys.executable, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdout is not None
        yield running.stdout.readline().strip()
        running.communicate("\n")


def test_on_a_cluster_a_worker_that_is_killed_in_flight_loses_nothing(cluster, make_group, search, runs):
    # One trial waits, so that it is known which worker to kill, and when.
    content = {"seed": [1, 2, WAITS, *range(10, 15)], "max_epochs": 1}

    def waiting() -> list[RunningTrial]:
        running = [trial for study in studies(runs) for trial in study.running]
        return [trial for trial in running if trial.tries == f"seed {WAITS}" and trial.worker]

    def kill_its_worker() -> None:
        until(waiting)
        os.kill(int(waiting()[0].worker.rpartition(":")[2]), signal.SIGKILL)
        (runs / "go").touch()

    killer = threading.Thread(target=kill_its_worker)
    killer.start()
    with cluster_workers(cluster) as executor:
        tuned = search(make_group(content), executor=executor)
    killer.join()
    rows = table(tuned)
    assert tried(rows, "lost") == [(str(WAITS),)]
    assert len(set(tried(rows, "complete"))) == len(tried(rows, "complete")) == 8
    assert len(rows) == 9
