"""The emergency card's numbers: each has its place and source, and dials what it shows."""

import re

import pytest
from pydantic import ValidationError

from sporeprint_site.emergency import EmergencyNumber, built_in_numbers
from sporeprint_site.texts import all_languages

NUMBERS = built_in_numbers()
ENTRY = {"place": "Austria", "number": "+43 1 406 43 43", "text": "day and night", "source": "goeg.at"}


def test_the_countries_where_most_readers_are_have_a_number():
    assert {"EU", "AT", "CH", "DE", "FR", "GB", "US"} <= {entry.country for entry in NUMBERS}
    assert {"112", "1-800-222-1222", "145"} <= {entry.number for entry in NUMBERS}


def test_every_number_says_in_every_language_where_it_holds_and_who_answers():
    for entry in NUMBERS:
        assert set(entry.place) == set(entry.text) == set(all_languages()), entry.number
        assert entry.source


def test_every_other_number_in_a_text_is_one_that_can_be_dialled():
    for entry in NUMBERS:
        assert len(re.sub(r"\D", "", entry.number)) >= 2
        # The same numbers in every language: none is lost or changed by translating.
        digits = [re.sub(r"\D", "", text) for text in entry.text.values()]
        assert len(set(digits)) == 1, entry


@pytest.mark.parametrize("field", ["place", "number", "text", "source"])
def test_an_entry_needs_each_of_its_parts(field):
    with pytest.raises(ValidationError):
        EmergencyNumber.model_validate({key: value for key, value in ENTRY.items() if key != field})
    with pytest.raises(ValidationError):
        EmergencyNumber.model_validate({**ENTRY, field: ""})


@pytest.mark.parametrize("number", ["*21*0900#", "javascript:1", "112,,9", "١١٢", "+", "112?x=1", "٠"])
def test_a_number_is_digits_and_what_people_write_between_them(number):
    with pytest.raises(ValidationError):
        EmergencyNumber.model_validate({**ENTRY, "number": number})
