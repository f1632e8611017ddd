"""Colours: every look is readable as it is, and a site's own colours must be too."""

import pytest

from sporeprint_site.build import APP
from sporeprint_site.colours import Colours, Palette, contrast, faint_pairs, looks, recoloured
from sporeprint_training.errors import BadInput

TOKENS = (APP / "styles" / "tokens.css").read_text()


def test_contrast_is_that_of_wcag():
    assert contrast("#ffffff", "#000000") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)  # the usual example of just too little
    assert contrast("#767676", "#ffffff") == pytest.approx(4.542, abs=0.001)


@pytest.mark.parametrize("look", ["light", "dark", "sun"])
def test_text_is_readable_on_every_ground_of_a_look(look):
    assert faint_pairs(looks(TOKENS)[look]) == []


@pytest.mark.parametrize("look", ["light", "dark", "sun"])
def test_what_has_the_keyboards_focus_stands_out(look):
    colours = looks(TOKENS)[look]
    assert contrast(colours["bark"], colours["paper"]) >= 3  # WCAG 2.2, 1.4.11 and 2.4.13
    assert contrast(colours["bark"], colours["raised"]) >= 3


def test_the_dark_look_is_the_same_whether_the_phone_or_the_reader_chose_it():
    by_phone = TOKENS.split("prefers-color-scheme: dark")[1].split("}")[0]
    by_reader = TOKENS.split(':root[data-look="dark"]')[1].split("}")[0]
    colours = {line.strip() for line in by_reader.splitlines() if "#" in line}
    assert {line.strip() for line in by_phone.splitlines() if "#" in line} == colours
    assert len(colours) == 10


def test_own_colours_replace_the_apps_in_their_look_alone():
    own = Colours(light=Palette(paper="#ffffff", moss="#123D12"), dark=Palette(ink="#ffffff"))
    after, before = looks(recoloured(TOKENS, own)), looks(TOKENS)
    assert (after["light"]["paper"], after["light"]["moss"]) == ("#ffffff", "#123d12")
    assert after["dark"]["ink"] == "#ffffff"
    assert after["dark"]["paper"] == before["dark"]["paper"]
    assert after["sun"] == before["sun"]
    assert after["light"]["danger"] == before["light"]["danger"]


def test_without_own_colours_the_style_sheet_is_as_it_was():
    assert recoloured(TOKENS, Colours()) == TOKENS


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (Colours(light=Palette(moss="#9aa88f")), r"colours\.light: moss #9aa88f on paper #f4efe3 has 2\.1\d:1"),
        (Colours(dark=Palette(paper="#555555")), r"colours\.dark: danger #ff9d8f on paper #555555 has 3\.\d\d:1"),
        (Colours(light=Palette(ink="#f4efe3")), r"ink .* has 1\.00:1"),
    ],
)
def test_colours_that_are_hard_to_read_are_refused_with_their_contrast(own, said):
    with pytest.raises(BadInput, match=rf"at least 4\.5:1.*{said}"):
        recoloured(TOKENS, own)
