"""Dates and coordinates as people and programs fill them in."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sporeprint_training.dataset.info import read_info
from sporeprint_training.dataset.occasion import read_occasion
from sporeprint_training.dataset.store import content_sha256, read_dataset


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-10-03", "2021-10-03"),
        (" 2021-10 ", "2021-10"),
        ("2020-02-29", "2020-02-29"),
        ("2020-06-24T20:58:14Z", "2020-06-24"),
        ("2020-06-24 20:58", "2020-06-24"),
        ("", ""),
    ],
)
def test_a_date_is_read_to_the_day_or_the_month(text, day):
    occasion = read_occasion(text, "", "")
    assert (occasion.observed_on, occasion.unusable) == (day, ())


@pytest.mark.parametrize(
    "text",
    ["2021-02-31", "2021-13", "2021-00-01", "0000-01-01", "2021", "03.10.2021", "10/3/2021", "2021-1-1", "2021-10-",
     "20211003", "2021-10-03/2021-10-05", "٢٠٢١-١٠-٠٣", "October"],
)  # fmt: skip
def test_a_date_that_cannot_be_is_unknown_and_named(text):
    occasion = read_occasion(text, "52.1", "-1.3")
    assert (occasion.observed_on, occasion.unusable) == ("", (text,))
    assert (occasion.latitude, occasion.longitude) == (52.1, -1.3)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("52.1", "-1.3"), ("-90", "180"), ("+0.5", "0"), ("0", "-17."), (" 52.10 ", "-1.30"), ("-0.0", "3")],
)
def test_decimal_degrees_are_a_place(latitude, longitude):
    occasion = read_occasion("", latitude, longitude)
    assert (occasion.latitude, occasion.longitude) == (float(latitude), float(longitude))
    assert not occasion.unusable
    assert "-0.0" not in occasion.identity()


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("95", "10"), ("52.1", "181"), ("52,1", "-1,3"), ("0", "0"), ("0.000", "-0"), ("52.1", ""), ("", "3"),
     ("nan", "3"), ("inf", "3"), ("1e1", "3"), ("5_2", "3"), ("52°N", "1°W"), ("٥٢", "3")],
)  # fmt: skip
def test_a_place_that_cannot_be_is_unknown_and_named(latitude, longitude):
    occasion = read_occasion("2021-10", latitude, longitude)
    assert math.isnan(occasion.latitude)
    assert math.isnan(occasion.longitude)
    assert occasion.unusable == (f"{latitude}/{longitude}",)
    assert occasion.observed_on == "2021-10"


def table(folder, *rows, columns="observed_on,latitude,longitude"):
    (folder / "observations.csv").write_text("\n".join([f"file,observation_url,{columns}", *rows]))
    return folder


def test_dates_and_places_reach_the_data_set(source, run, tmp_path):
    rows = ("Amanita virosa/00.jpg,a,2021-10-03,52.1,-1.3", "Amanita virosa/01.jpg,b,2021-09,,")
    assert run(table(source(), *rows)).warnings == []
    photos = read_dataset(tmp_path / "dataset").photos.set_index("source_file")
    assert photos.loc["Amanita virosa/00.jpg", ["observed_on", "latitude", "longitude"]].tolist() == [
        "2021-10-03", 52.1, -1.3,
    ]  # fmt: skip
    assert photos.loc["Amanita virosa/01.jpg", "observed_on"] == "2021-09"
    assert np.isnan(photos.loc["Amanita virosa/01.jpg", "latitude"])
    assert (photos["observed_on"] == "").sum() == 15


def test_what_cannot_be_is_counted_in_one_line_and_the_photo_stays(source, run):
    rows = ("Amanita virosa/00.jpg,a,2021-02-31,95,10", "Amanita virosa/01.jpg,b,,0,0")
    report = run(table(source(), *rows))
    assert report.photos == 17
    assert [line for line in report.warnings if line.startswith("3 dates or places") and "'2021-02-31'" in line]
    assert len(report.warnings) == 1


def test_dates_and_places_change_the_identity_and_their_absence_does_not(source, run, tmp_path):
    folder, identities, undated = source(), [], set()
    for row, columns in (
        ("Amanita virosa/00.jpg,a,,,", "observed_on,latitude,longitude"),
        ("Amanita virosa/00.jpg,a", ""),
        ("Amanita virosa/00.jpg,a,2021-10,,", "observed_on,latitude,longitude"),
        ("Amanita virosa/00.jpg,a,2021-11,,", "observed_on,latitude,longitude"),
        ("Amanita virosa/00.jpg,a,,52.1,-1.3", "observed_on,latitude,longitude"),
        ("Amanita virosa/00.jpg,a,,52.1,1.3", "observed_on,latitude,longitude"),
    ):
        run(table(folder, row, columns=columns))
        identities.append(read_info(tmp_path / "dataset").sha256)
        photos = read_dataset(tmp_path / "dataset").photos
        photos["name"] = [("Agaricus campestris", "Amanita virosa")[label] for label in photos["label"]]
        columns = ["sha256", "name", "split", "licence", "author"]
        undated.add(content_sha256(photos[columns].itertuples(index=False, name=None)))
    # As it was before data sets had dates.
    assert {identities[0], identities[1]} == undated
    assert len(set(identities)) == 5
