from __future__ import annotations

import pytest

from sporeprint_training.thumbnails import free_licence


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CC0-1.0", "CC0-1.0"),
        ("CC0", "CC0-1.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/legalcode", "CC0-1.0"),
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("cc_by_sa 4.0", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/licenses/by-sa/4.0/legalcode.en", "CC-BY-SA-4.0"),
    ],
)
def test_free_licences_are_recognised_in_the_usual_spellings(text, name):
    assert free_licence(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CC-BY-NC-4.0",
        "https://creativecommons.org/licenses/by-nc/4.0/",
        "CC-BY-ND-4.0",
        "CC-BY",
        "all rights reserved",
    ],
)
def test_any_other_licence_shows_no_photo(text):
    assert free_licence(text) is None
