"""`sporeprint identify` as a person and as a program meet it."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from colour_bundle import plain_photo, write_colour_bundle
from colour_priors import colour_priors
from sporeprint import answer_table
from sporeprint.answer_table import TableWriter
from sporeprint.identify import identify
from sporeprint_export.bundle import read_bundle
from sporeprint_export.identify.answer import Answer, make_answer
from sporeprint_export.identify.failures import Unusable
from sporeprint_export.identify.look import Look
from sporeprint_export.identify.words import SAFETY
from sporeprint_training.errors import BadInput, StepFailed


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    return write_colour_bundle(tmp_path_factory.mktemp("identify") / "bundle")


@pytest.fixture
def photos(tmp_path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, colour in {"red": (200, 30, 20), "green": (20, 200, 20), "blue": (10, 10, 200)}.items():
        (folder / f"{name}.png").write_bytes(plain_photo(*colour))
    (folder / "broken.jpg").write_bytes(b"no photo")
    return folder


def answers(capsys) -> list[dict]:
    return json.loads(capsys.readouterr().out.splitlines()[-1])["photos"]


def test_a_table_has_the_safety_line_first_and_no_percentages(bundle, photos, capsys):
    identify([str(photos)], model=bundle)
    printed = capsys.readouterr().out
    assert printed.startswith(SAFETY)
    assert "Known deadly" in printed
    assert "right about 19 times in" in printed
    assert "Not identified." in printed
    assert "%" not in printed
    assert printed.index("Possibly deadly") < printed.index("Amanita phalloides (species)")


def test_a_csv_file_and_json_hold_the_same_answers(bundle, photos, tmp_path, capsys):
    identify([str(photos)], model=bundle, csv=str(tmp_path / "out" / "answers.csv"), as_json=True, top=2)
    found = answers(capsys)
    with (tmp_path / "out" / "answers.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["source"] for row in rows] == [photo["source"] for photo in found]
    assert [row["answer"] for row in rows] == [photo["answer"] or "" for photo in found]
    assert [photo["taxon"] for photo in found] == ["Boletus edulis", None, "Amanita phalloides", "Amanita muscaria"]
    assert all(len(photo["scores"]) == (0 if photo["error"] else 2) for photo in found)


def test_csv_alone_goes_to_standard_output_and_the_table_elsewhere(bundle, photos, capsys):
    identify([str(photos)], model=bundle, csv="-")
    printed = capsys.readouterr()
    assert len(list(csv.DictReader(io.StringIO(printed.out, newline="")))) == 4
    assert SAFETY in " ".join(printed.err.split())


def test_several_photos_of_one_find_are_one_answer(bundle, photos, capsys):
    identify([str(photos / "red.png"), str(photos / "blue.png")], model=bundle, one_find=True, as_json=True)
    (find,) = answers(capsys)
    assert (find["source"], len(find["sources"])) == ("one find", 2)


def test_month_and_place_weigh_in_and_mark_what_is_odd_there(photos, tmp_path, capsys):
    record, _, data = colour_priors()
    bundle = write_colour_bundle(tmp_path / "bundle", priors=(record, data))

    def best(**occasion):
        identify([str(photos / "red.png")], model=bundle, as_json=True, **occasion)
        (found,) = answers(capsys)
        return found["scores"][0]

    usual, autumn, spring = best(), best(month=10, place="51.75,-1.25"), best(month=2, place="-33.87,151.2")
    assert usual["taxon"] == autumn["taxon"] == "Amanita muscaria"
    assert autumn["score"] > usual["score"]
    assert (usual["flags"], autumn["flags"]) == ([], [])
    assert spring["taxon"] != "Amanita muscaria" or spring["flags"]
    identify([str(photos / "red.png")], model=bundle, month=4, top=4)
    assert "unusual in this month" in capsys.readouterr().out


@pytest.mark.parametrize("place", ["here", "91,0", "0,181", "1", "1,2,3", "nan,0"])
def test_a_place_that_is_none_is_bad_input(bundle, photos, place):
    with pytest.raises(BadInput, match="latitude"):
        identify([str(photos)], model=bundle, place=place)


def test_it_fails_only_when_no_photo_could_be_identified(bundle, photos, tmp_path, capsys):
    identify([str(photos / "broken.jpg"), str(photos / "red.png")], model=bundle)
    target = tmp_path / "answers.csv"
    with pytest.raises(StepFailed, match="none of 2"):
        identify([str(photos / "broken.jpg"), "nowhere.jpg"], model=bundle, csv=str(target), as_json=True)
    assert [photo["error"]["reason"] for photo in answers(capsys)] == ["not_an_image", "not_found"]
    assert target.is_file()


def test_what_is_wrong_with_the_command_itself_is_bad_input(bundle, photos, tmp_path):
    with pytest.raises(BadInput, match=r"manifest\.json"):
        identify([str(photos)], model=tmp_path)
    with pytest.raises(BadInput, match="one form"):
        identify([str(photos)], model=bundle, csv="-", as_json=True)
    with pytest.raises(BadInput, match="can be made and written"):
        identify([str(photos)], model=bundle, csv=str(tmp_path))


def test_a_csv_that_could_not_be_finished_leaves_the_old_one(bundle, photos, tmp_path, monkeypatch):
    target = tmp_path / "answers.csv"
    target.write_text("old")

    def stop(self, answer):
        raise KeyboardInterrupt

    monkeypatch.setattr("sporeprint_export.identify.writers.JsonWriter.write", stop)
    with pytest.raises(KeyboardInterrupt):
        identify([str(photos)], model=bundle, csv=str(target), as_json=True)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if "answers" in path.name] == ["answers.csv"]


WHILE_A_BAR_MOVES = """
import sys, time
from pathlib import Path
from sporeprint.identify import outputs
from sporeprint.terminal import TerminalProgress
from sporeprint_export.bundle import read_bundle
from sporeprint_export.identify.answer import make_answer
from sporeprint_export.identify.look import Look
manifest = read_bundle(Path(sys.argv[1])).manifest
with outputs(manifest, "-", 3, as_json=False) as writers, TerminalProgress().step("Identify", 3) as advance:
    for number in range(3):
        for write in writers:
            write(make_answer(f"{number}.jpg", [Look((9.0, 0, 0, 0), None)], manifest, 3))
        advance(1)
        time.sleep(0.15)
"""


def test_a_progress_bar_on_the_terminal_takes_no_line_from_a_piped_csv(bundle):
    ours, terminal = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-c", WHILE_A_BAR_MOVES, str(bundle)],
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(terminal)
    out, shown = done.communicate(timeout=60)[0], b""
    try:
        while block := os.read(ours, 65536):
            shown += block
    except OSError:
        pass  # the other end is closed
    finally:
        os.close(ours)
    assert b"Identify" in shown
    assert [row["source"] for row in csv.DictReader(io.StringIO(out))] == ["0.jpg", "1.jpg", "2.jpg"]


def printed(bundle, *given, width=200, **options):
    stream = io.StringIO()
    manifest = read_bundle(bundle).manifest
    writer = TableWriter(Console(file=stream, width=width, **options), manifest)
    for item in given:
        writer.write(item(manifest))
    writer.close()
    return stream.getvalue()


def test_every_page_of_a_long_table_has_the_safety_line(bundle):
    many = [lambda manifest: make_answer("p.jpg", [Look((9.0, 0, 0, 0), None)], manifest, 1)] * (answer_table.PAGE + 1)
    text = printed(bundle, *many)
    assert text.count(SAFETY) == 2
    assert text.count("p.jpg") == answer_table.PAGE + 1


def test_latin_names_are_in_italics_and_danger_is_never_by_colour_alone(bundle):
    text = printed(
        bundle,
        lambda manifest: make_answer("p.jpg", [Look((0, 9.0, 0, 0), None)], manifest, 1),
        force_terminal=True,
        color_system="standard",
    )
    assert "\x1b[3mAmanita phalloides\x1b[0m (species)" in text
    assert "Possibly deadly. It may be a deadly species:" in text
    assert "\x1b[31mKnown deadly" in text


def test_names_cannot_give_orders_to_the_terminal(bundle):
    hostile = "\x1b]0;owned\x07\x1b[2Ja\u202egpj.exe\r\n[red]b"
    text = printed(
        bundle,
        lambda manifest: make_answer(hostile, [Look((9.0, 0, 0, 0), None)], manifest, 1),
        lambda manifest: Answer(hostile, None, error=Unusable("unknown_host", host=hostile)),
    )
    assert not any(letter in text for letter in "\x1b\x07\u202e\r")
    assert "[red]b" in text


def test_a_long_path_is_shown_by_its_end(bundle):
    long = "/somewhere/far/down/in/a/folder/of/folders/Amanita virosa/IMG_1.jpg"
    text = printed(bundle, lambda manifest: make_answer(long, [Look((9.0, 0, 0, 0), None)], manifest, 1))
    assert "…/Amanita virosa/IMG_1.jpg" in text
    assert "somewhere" not in text
    assert "x" * 60 in printed(bundle, lambda manifest: Answer("x" * 60, None, error=Unusable("empty")))
