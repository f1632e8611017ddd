"""Licences as they are written in the wild."""

from __future__ import annotations

import gzip

import pandas as pd
import pytest

from sporeprint_training.dataset.licences import (
    ALL_RIGHTS_RESERVED,
    FAMILIES,
    family,
    licence_id,
    objection,
    sift_licences,
)


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        ("http://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/legalcode", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/deed.de", "CC-BY-4.0"),
        ("http://creativecommons.org/licenses/by-sa/3.0/de/", "CC-BY-SA-3.0-DE"),
        ("https://creativecommons.org/licenses/by-sa/3.0/at/deed.en", "CC-BY-SA-3.0-AT"),
        ("https://creativecommons.org/licenses/by/2.0/uk/", "CC-BY-2.0-UK"),
        ("http://creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0"),
        ("http://creativecommons.org/licenses/publicdomain/", "CC-PDDC"),
        ("https://creativecommons.org/publicdomain/zero/1.0", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0"),
        ("CC_BY_NC_4_0", "CC-BY-NC-4.0"),
        ("CC0_1_0", "CC0-1.0"),
        ("CC BY-NC 4.0", "CC-BY-NC-4.0"),
        ("cc-by-nc", "CC-BY-NC"),
        ("cc-by-sa-3.0-us", "CC-BY-SA-3.0-US"),
        ("CC BY 4.0 International", "CC-BY-4.0"),
        ("© X, some rights reserved (CC BY)", "CC-BY"),
        ("(c) Bob, some rights reserved (CC BY-NC-ND)", "CC-BY-NC-ND"),
        ("no rights reserved (CC0)", "CC0-1.0"),
        ("(c) Field Museum of Natural History - CC BY-NC 4.0", "CC-BY-NC-4.0"),
        ("CC BY-NC (Attribution-Non-Commercial)", "CC-BY-NC"),
        ("Open Access, http://creativecommons.org/publicdomain/zero/1.0/; see Yale Peabody policies", "CC0-1.0"),
        ("Creative Commons Attribution 4.0 International (CC BY 4.0)", "CC-BY-4.0"),
        ("CC BY 4.0 http://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("Creative Commons Attribution Non Commercial Share Alike 3.0 Unported", "CC-BY-NC-SA-3.0"),
        ("Attribution-NonCommercial License", "CC-BY-NC"),
        ("Attribution License", "CC-BY"),
        ("Public Domain Dedication (CC0)", "CC0-1.0"),
        ("Public Domain Mark", "CC-PDM-1.0"),
        ("© all rights reserved", ALL_RIGHTS_RESERVED),
        ("All Rights Reserved", ALL_RIGHTS_RESERVED),
        ("© Ann, all rights reserved", ALL_RIGHTS_RESERVED),
    ],
)  # fmt: skip
def test_a_licence_as_written_has_one_id(text, spdx):
    assert licence_id(text) == spdx


@pytest.mark.parametrize(
    "text",
    [
        "", "license", "S. Hunter", "UNSPECIFIED", "UNSUPPORTED", "Not for Profit", "Creative Commons - Share Alike",
        "CC BY 5.0", "CC BY-SA-ND", "CC BY 4.0 or CC BY-NC 4.0", "CC BY, non-commercial use only", "not CC BY 4.0",
        "CC BY 4.0 but all rights reserved", "http://creativecommons.org/licenses/by-nc/3.0/ CC BY-NC 4.0",
        "https://example.org/licenses/by/4.0/", "CC BY" + " x" * 100_000 + " only", "Some rights reserved",
    ],
)  # fmt: skip
def test_what_names_no_licence_or_two_is_unknown(text):
    found = licence_id(text)
    assert found is None or (len(text) > 2000 and found == "CC-BY")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "licence_missing"), (" \t", "licence_missing"), ("ask me", "licence_unknown"),
        ("CC BY-NC 4.0", "licence_not_allowed"), ("CC BY-ND 4.0", "licence_not_allowed"),
        ("all rights reserved", "licence_not_allowed"), ("Public Domain Mark", "licence_not_allowed"),
        ("CC BY-SA 2.5", ""), ("CC BY", ""), ("CC0", ""),
    ],
)  # fmt: skip
def test_only_what_is_allowed_is_taken_and_the_rest_says_why(text, reason):
    assert objection(text) == reason


def test_everything_that_can_be_allowed_is_one_family_of_ids():
    ids = ["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-3.0-DE", "CC-BY-NC", "CC-BY-NC-SA-2.5", "CC-BY-ND-2.0", "CC-BY-NC-ND-4.0"]
    assert [family(name) for name in [*ids, "CC-PDDC"]] == list(FAMILIES)
    assert family("CC-PDM-1.0") == "public-domain"
    assert {family(name) for name in (ALL_RIGHTS_RESERVED, "GPL-3.0", "")} == {""}
    assert objection("CC BY-NC 4.0", {"CC-BY-NC"}) == ""
    assert objection("CC BY-NC-ND 4.0", {"CC-BY-NC"}) == "licence_not_allowed"


def test_a_gbif_download_is_counted_to_its_last_row(real_data):
    records = _records(real_data / "dwca" / "gbif_amblyomma" / "multimedia.txt", "license", "identifier")
    assert len(records) == 1362
    sifted = sift_licences(records)
    assert sifted.kept["licence"].value_counts().to_dict() == {"CC-BY-4.0": 56, "CC0-1.0": 35, "CC-BY-SA-4.0": 19}
    assert sifted.rejected == {"licence_missing": 101, "licence_not_allowed": 4 + 90 + 1057}
    row = sifted.removed[sifted.removed["reason"] == "licence_missing"].iloc[0]
    assert records["licence_verbatim"][row["line"] - 1].strip() == ""
    more = sift_licences(records, {"CC0", "CC-BY", "CC-BY-SA", "CC-BY-NC"})
    assert len(more.kept) == len(sifted.kept) + 1057


def test_every_licence_of_mushroom_observer_is_known(real_data):
    with gzip.open(real_data / "mushroomobserver" / "mushrooms.tsv.gz") as stream:
        records = _records(stream, "license", "url")
    sifted = sift_licences(records)
    assert sifted.kept["licence"].value_counts().to_dict() == {"CC-BY-SA-3.0": 185_941}
    assert sifted.rejected == {"licence_not_allowed": 67_399 + 797 + 650}


def _records(file, licence, media) -> pd.DataFrame:
    table = pd.read_csv(file, sep="\t", dtype=str, quoting=3, keep_default_na=False, usecols=[licence, media])
    return pd.DataFrame(
        {
            "source": "",
            "media": table[media],
            "licence_verbatim": table[licence],
            "line": range(1, len(table) + 1),
            "scientific_name": "",
            "species": "",
        }
    )
