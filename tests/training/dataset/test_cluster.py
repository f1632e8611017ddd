"""Photos that are downloaded and decoded on a cluster are the same as those of this machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from photo_server import Server
from served_archive import ServedArchive
from sporeprint_training.dataset.info import read_info
from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.errors import BadInput
from sporeprint_training.workers import cluster_workers

CLUSTER = """
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        input()
"""


@pytest.fixture
def cluster(tmp_path) -> Iterator[str]:
    """Address of a scheduler with two workers, each a process of its own."""
    program = tmp_path / "cluster.py"
    program.write_text(CLUSTER)
    with subprocess.Popen(
        [sys.executable, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdout is not None
        yield running.stdout.readline().strip()
        running.communicate("\n")


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def test_two_workers_of_a_cluster_make_the_same_data_set(cluster, server, jpeg, source, tmp_path):
    archive = ServedArchive(server, jpeg)
    for name in ("Amanita muscaria", "Amanita virosa"):
        for _ in range(40):
            archive.add(name)
    sources = [archive.write(tmp_path / "gbif.zip"), source({"Boletus edulis": 70}, first_seed=5000)]
    options = IngestOptions(report=False, max_side=64, download={"private_hosts": True})
    ingest(sources, tmp_path / "here", options)
    with cluster_workers(cluster) as executor:
        ingest(sources, tmp_path / "there", options, executor=executor)
    assert read_info(tmp_path / "there") == read_info(tmp_path / "here")
    assert photos(tmp_path / "there") == photos(tmp_path / "here")
    assert len(photos(tmp_path / "here")) == 230


def test_a_cluster_that_does_not_answer_is_one_line(monkeypatch):
    monkeypatch.setattr("sporeprint_training.workers._CLUSTER_SECONDS", 0.2)
    with pytest.raises(BadInput, match=r"tcp://127\.0\.0\.1:9"), cluster_workers("tcp://127.0.0.1:9"):
        pass


def photos(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.jpg")}
