"""`sporeprint inspect` of a source, and of what is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sporeprint.cli import app
from sporeprint_training.errors import BadInput


@pytest.fixture
def inspect():
    def run(*arguments):
        done = CliRunner().invoke(app, ["inspect", *map(str, arguments)])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


@pytest.fixture
def table(tmp_path):
    rows = [
        f"https://example.org/{n}.jpg,{name},2021-10-03" for n, name in enumerate(["Boletus edulis"] * 6 + ["[red]x"])
    ]
    (tmp_path / "photos.csv").write_text("\n".join(["url,species,date", *rows, "https://example.org/7.jpg,,"]))
    return tmp_path / "photos.csv"


def test_a_source_is_shown_and_the_last_line_is_json(inspect, table):
    done = inspect(table, "--json")
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["photos"], report["species"], report["rejected"], report["splits"]) == (7, 1, {"no_name": 1}, None)
    assert report["species_with"] == {"5": 1, "10": 0, "50": 0, "100": 0}
    for shown in ("photo_table", "Boletus edulis", "[red]x", "example.org", "2021", "no_name", "line 9"):
        assert shown in done.stderr, shown


def test_as_many_classes_are_shown_as_asked_for(inspect, table):
    report = json.loads(inspect(table, "--json", "--top", "1").stdout)
    assert [report["largest"][0]["name"], report["smallest"][0]["name"]] == ["Boletus edulis", "[red]x"]


def test_every_key_of_the_json_is_in_the_help_and_in_the_docs(inspect, table):
    keys = json.loads(inspect(table, "--json").stdout).keys()
    said = inspect("--help").stdout.replace("│", " ")
    docs = (Path(__file__).parents[2] / "docs" / "data-sources.md").read_text()
    for key in keys:
        assert key in said, key
        assert f"`{key}`" in docs, key


def test_what_is_neither_data_set_nor_source_is_refused_with_what_is(inspect, tmp_path):
    with pytest.raises(
        BadInput, match=r"A source is one of these: a folder, .*nowhere.*a data set that `sporeprint ingest` wrote"
    ):
        inspect(tmp_path / "nowhere")
