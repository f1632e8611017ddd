"""Every language says everything, in words that never reassure."""

import json
import re

import pytest

from sporeprint_site.build import build_site
from sporeprint_site.check import check_site
from sporeprint_site.texts import DRAFT, all_languages, changed, lacking, read_texts
from sporeprint_training.errors import BadInput

ENGLISH = read_texts("en")


@pytest.mark.parametrize("language", all_languages())
def test_a_language_says_everything_with_the_same_values(language):
    texts = read_texts(language)
    assert lacking(texts, ENGLISH) == []
    assert sorted(texts.keys() - ENGLISH.keys()) == []
    assert changed(texts, ENGLISH) == []


@pytest.mark.parametrize("language", all_languages())
def test_a_catalogue_is_sorted_and_holds_no_empty_text(language):
    texts = read_texts(language)
    assert list(texts) == sorted(texts)
    assert [key for key, text in texts.items() if not text.strip()] == []


def test_german_and_french_are_there_and_are_translations():
    assert all_languages() == ["en", "de", "fr"]
    for language in ("de", "fr"):
        same = {key for key, text in read_texts(language).items() if text == ENGLISH[key] and len(text.split()) > 2}
        # "{name}, {backbone}, …": only values and punctuation are the same in every language.
        assert {key for key in same if re.search(r"[a-z]{3}", re.sub(r"\{\w+\}", "", ENGLISH[key]))} == set()


def catalogue(**texts: str) -> bytes:
    return json.dumps(texts).encode()


def test_a_text_that_depends_on_a_number_needs_both_forms():
    script = b'tn("find.count", photos.length)'
    both = {"find.count_one": "{count} find", "find.count_other": "{count} finds"}
    modules = {"app/page/a.js": script}
    check_site({"app/strings/en.json": catalogue(**both)}, modules)
    with pytest.raises(BadInput, match=r"find\.count_one"):
        check_site({"app/strings/en.json": catalogue(**{"find.count_other": "{count} finds"})}, modules)


def test_while_drafting_a_missing_text_is_shown_in_english_and_named(make_bundle, tmp_path, monkeypatch):
    import sporeprint_site.build as build

    whole = build._texts()
    half = {key: text for key, text in read_texts("de").items() if key != "gate.accept"}
    monkeypatch.setattr(build, "_texts", lambda: {**whole, "app/strings/de.json": catalogue(**half)})
    monkeypatch.setenv(DRAFT, "1")
    report = build_site([make_bundle()], tmp_path / "public")
    assert any("de.json" in note and "gate.accept" in note for note in report.notes)
    shown = json.loads((tmp_path / "public" / "app" / "strings" / "de.json").read_bytes())
    assert shown == {**half, "gate.accept": ENGLISH["gate.accept"]}
    monkeypatch.delenv(DRAFT)
    with pytest.raises(BadInput, match=r"de\.json lacks or changes gate\.accept"):
        build_site([make_bundle()], tmp_path / "other")
