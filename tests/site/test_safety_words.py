"""No text of any language, template, style or script says or hints that something may be eaten."""

import json
import re

import pytest

from sporeprint_site.build import APP, TEMPLATES
from sporeprint_site.emergency import built_in_numbers
from sporeprint_site.texts import all_languages, read_texts

# Stems, so that every form is found. What only reassures counts too: no warning must never read as safe.
REASSURING = {
    "en": r"edib|eatable|tasty|delicious|harmless|\bsafe(?!ty|-area)|benign|non-?toxic|non-?poisonous|not poisonous"
    r"|innocuous",
    "de": r"essbar|eßbar|genießbar|geniessbar|speisepilz|lecker|schmackhaft|harmlos|ungiftig|nicht giftig|unbedenklich"
    r"|ungefährlich|gefahrlos|ohne gefahr|bekömmlich|verträglich",
    "fr": r"comestib|mangeable|savoureu|délicieu|inoffensi|sans danger|sans risque|atoxique|\bnon toxique|\bnon vénéneu"
    r"|pas toxique|bénin|consommable",
}
# The two texts that deny it: the safety line, and what an unknown danger means.
DENIED = {
    "result.safety": {
        "en": "cannot show whether a mushroom is safe to eat",
        "de": "kann nicht zeigen, ob man einen pilz ohne gefahr essen kann",
        "fr": "ne peut pas montrer si un champignon peut être mangé sans danger",
    },
    "danger.not_assessed_text": {
        "en": "does not mean it is harmless",
        "de": "heißt nicht, dass die art harmlos ist",
        "fr": "ne veut pas dire que l’espèce est inoffensive",
    },
}
EVERY_LANGUAGE = re.compile("|".join(REASSURING.values()), re.IGNORECASE)


@pytest.mark.parametrize("language", all_languages())
def test_no_text_says_that_something_may_be_eaten(language):
    for key, text in read_texts(language).items():
        said = text.lower()
        if key in DENIED:
            assert said.count(DENIED[key][language]) == 1, key
            said = said.replace(DENIED[key][language], "")
        assert not re.findall(EVERY_LANGUAGE, said), f"{language} {key}: {text}"


@pytest.mark.parametrize("language", all_languages())
def test_every_language_forbids_eating_and_says_that_silence_is_no_comfort(language):
    texts = read_texts(language)
    assert {"en": "Do not eat anything", "de": "Essen Sie nichts", "fr": "Ne mangez rien"}[language] in texts[
        "result.safety"
    ]
    assert {"en": "does not mean no danger", "de": "bedeutet nicht", "fr": "ne veut pas dire"}[language] in texts[
        "gate.line_silence"
    ]
    for key in ("result.not_sure_text", "result.none_of_these_text"):
        assert re.search("possibly poisonous|möglicherweise giftig|peut-être toxique", texts[key]), key


@pytest.mark.parametrize("language", all_languages())
def test_no_text_shouts_or_praises(language):
    everything = " ".join(read_texts(language).values())
    assert "!" not in everything
    assert not re.search(r"[✓✔✅👍🍄]", everything)


def test_no_template_style_script_or_number_says_it_either():
    files = [*TEMPLATES.iterdir(), *(path for path in APP.rglob("*") if path.suffix in (".js", ".css"))]
    # The rule itself, where a comment explains why something is worded as it is.
    rule = "read as safe"
    found = {path.name: re.findall(EVERY_LANGUAGE, path.read_text().replace(rule, "")) for path in files}
    assert {name: said for name, said in found.items() if said} == {}
    numbers = json.dumps([entry.model_dump() for entry in built_in_numbers()], ensure_ascii=False)
    assert not re.findall(EVERY_LANGUAGE, numbers)


def test_no_key_is_named_for_it():
    assert not re.findall(EVERY_LANGUAGE, " ".join(key for key in read_texts("en") if key != "result.safety"))


def test_nothing_is_green_for_good():
    styles = "\n".join(path.read_text() for path in (APP / "styles").glob("*.css"))
    assert not re.search(r"#0f0|#00ff00|\bgreen\b|\blime\b|checkmark|\btick\b", styles, re.IGNORECASE)
