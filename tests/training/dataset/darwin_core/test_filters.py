"""What the rows of an archive say, and which of them are wanted."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date

import numpy as np
import pytest

from darwin_core_archives import DC, DWC, GBIF, MEDIA, PLAIN, described, meta
from sporeprint_training.dataset.darwin_core.opening import open_archive
from sporeprint_training.dataset.darwin_core.selection import read_records
from sporeprint_training.dataset.filtering import apply_filters
from sporeprint_training.dataset.filters import Box, Filters
from sporeprint_training.dataset.records import COLUMNS, NUMBER_COLUMNS, TEXT_COLUMNS

TERMS = (
    f"{GBIF}gbifID", f"{DWC}scientificName", f"{GBIF}acceptedScientificName", f"{DWC}taxonRank", f"{DWC}kingdom",
    f"{DWC}basisOfRecord", f"{DC}license", f"{DWC}eventDate", f"{DWC}countryCode", f"{DWC}decimalLatitude",
    f"{DWC}decimalLongitude", f"{DWC}coordinateUncertaintyInMeters", f"{DWC}occurrenceStatus",
)  # fmt: skip
FINDS = [
    "1|Amanita muscaria (L.) Lam.||SPECIES|Fungi|HUMAN_OBSERVATION|CC0|2021-10-03T12:00|SE|59.5|18.25|10|PRESENT",
    "2|Agaricus muscarius L.|Amanita muscaria (L.) Lam.|SPECIES|Fungi|PRESERVED_SPECIMEN|CC_BY|2021-10|FR|48|2|5000|",
    "3|Boletus edulis Bull.||species|Fungi|HumanObservation||2020|NA|-22|17|||",
    "4|Amanita Pers.||GENUS|Fungi|HUMAN_OBSERVATION|CC0|2019-05-01/2019-05-31||91|0|1|present",
    "5|Ixodes ricinus||SPECIES|Animalia|HUMAN_OBSERVATION|CC0|2019-05-01/02|DE|0|0|x|absent",
    "6|Russula emetica||SPECIES|Fungi|HUMAN_OBSERVATION|CC0|soon|JP|35|179.5|0|PRESENT",
]


@pytest.fixture
def finds(make_archive):
    """An archive with one photo for each of `FINDS`."""
    names = [term.rpartition("/")[2] for term in TERMS]
    table = "\n".join(["\t".join(names), *(find.replace("|", "\t", 12).removesuffix("|") for find in FINDS), ""])
    photos = "".join(f"{n}\tStillImage\timage/jpeg\thttps://e.org/{n}.jpg\t\n" for n in range(1, len(FINDS) + 1))
    header = PLAIN["multimedia.txt"].partition("\n")[0] + "\n"
    core = described("core", f"{DWC}Occurrence", "occurrence.txt", TERMS)
    return open_archive(
        make_archive({"meta.xml": meta(core, MEDIA), "occurrence.txt": table, "multimedia.txt": header + photos})
    )


def kept(selection) -> list[int]:
    return [int(media.removeprefix("https://e.org/").removesuffix(".jpg")) for media in selection.records["media"]]


def test_a_records_frame_has_all_columns_in_their_order_and_types(finds):
    records = read_records(finds).records
    assert tuple(records.columns) == COLUMNS
    assert all(records[column].map(type).eq(str).all() for column in TEXT_COLUMNS)
    assert all(records[column].dtype == np.float64 for column in NUMBER_COLUMNS)
    assert set(records["source"]) == {str(finds.path)}


def test_dates_places_and_absences_are_what_the_occurrence_says(finds):
    selection = read_records(finds)
    assert selection.rejected == {"absent": 1}
    assert selection.examples == {"absent": ["multimedia.txt, line 6"]}
    assert kept(selection) == [1, 2, 3, 4, 6]
    records = selection.records.set_index("media")
    assert records["observed_on"].tolist() == ["2021-10-03", "2021-10", "", "2019-05", ""]
    assert records["rank"].tolist() == ["species", "species", "species", "genus", "species"]
    assert records["latitude"].tolist()[:3] == [59.5, 48.0, -22.0]
    assert math.isnan(records["latitude"].iloc[3])  # there is no 91st degree
    assert records["uncertainty_m"].isna().tolist() == [False, False, True, True, True]
    assert records["country"].tolist() == ["SE", "FR", "NA", "", "JP"]  # Namibia is no missing value
    assert records["licence_verbatim"].tolist() == ["CC0", "CC_BY", "", "CC0", "CC0"]


@pytest.mark.parametrize(("wanted", "left", "rejected"), [
    ({"taxa": ("fungi",)}, [1, 2, 3, 4, 6], {"other_taxon": 1}),
    ({"taxa": ("Amanita muscaria",)}, [1, 2], {"other_taxon": 4}),
    ({"taxa": ("Amanita  muscaria", "BOLETUS EDULIS")}, [1, 2, 3], {"other_taxon": 3}),
    ({"ranks": ("species",)}, [1, 2, 3, 6], {"other_rank": 1, "absent": 1}),
    ({"basis_of_record": ("HumanObservation",)}, [1, 3, 4, 6], {"other_basis_of_record": 1, "absent": 1}),
    ({"max_uncertainty_m": 100}, [1], {"too_uncertain": 5}),
    ({"observed_from": date(2021, 10, 1)}, [1, 2], {"outside_dates": 4}),
    ({"observed_from": date(2021, 10, 2), "observed_until": date(2021, 10, 31)}, [1], {"outside_dates": 5}),
    ({"box": Box(west=0, south=40, east=20, north=60)}, [1, 2], {"outside_box": 4}),
    ({"box": Box(west=179, south=0, east=-179, north=60)}, [6], {"outside_box": 5}),
    ({"countries": ("se", "NA")}, [1, 3], {"other_country": 3, "absent": 1, }),
    ({"taxa": ("Fungi",), "ranks": ("species",), "countries": ("SE",)}, [1],
     {"other_taxon": 1, "other_rank": 1, "other_country": 3}),
])  # fmt: skip
def test_filters_leave_out_what_is_not_wanted_each_under_one_reason(finds, wanted, left, rejected):
    filters = Filters(**wanted)
    selection = read_records(finds, filters)
    assert kept(selection) == left
    rejected = {"other_country": 4} if "countries" in wanted and len(wanted) == 1 else rejected
    assert selection.rejected == rejected
    # The same filters give the same records after the join.
    records, _ = apply_filters(read_records(finds).records, filters)
    assert records["media"].tolist() == selection.records["media"].tolist()


def test_applied_to_a_frame_filters_count_every_row_once(finds):
    records = read_records(finds).records
    filters = Filters(taxa=("Amanita muscaria", "Boletus edulis"), countries=("SE",))
    left, rejected = apply_filters(records, filters, lambda text: "" if text else "licence_missing")
    assert (len(left), rejected) == (1, {"other_taxon": 2, "other_country": 2})
    assert len(left) + sum(rejected.values()) == len(records)


def test_a_licence_is_asked_last_and_only_of_what_is_wanted(finds):
    asked = []

    def objection(text: str) -> str:
        asked.append(text)
        return {"": "licence_missing", "CC_BY": "licence_not_allowed"}.get(text, "")

    selection = read_records(finds, Filters(taxa=("Fungi",)), objection)
    assert selection.rejected == {"other_taxon": 1, "licence_missing": 1, "licence_not_allowed": 1}
    assert selection.examples["licence_missing"] == ["multimedia.txt, line 4"]
    assert Counter(asked) == {"CC0": 1, "CC_BY": 1, "": 1}


def test_an_unknown_filter_is_refused():
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        Filters(colour="red")
