"""The app's words and data: nothing reassures, nothing is unsourced, nothing is left over."""

import json
import re
from pathlib import Path

from sporeprint_site.build import APP
from sporeprint_training.images import MAX_PIXELS

TEXTS = json.loads((APP / "strings" / "en.json").read_bytes())
SCRIPTS = "\n".join(path.read_text() for path in sorted(APP.rglob("*.js")))
TEMPLATES = "\n".join(path.read_text() for path in sorted((APP.parent / "templates").iterdir()))


def test_every_text_is_used_and_every_placeholder_is_filled():
    for key, text in TEXTS.items():
        counted = f'tn("{key.rpartition("_")[0]}"'
        assert f't("{key}"' in SCRIPTS + TEMPLATES or counted in SCRIPTS, f"{key} is used nowhere"
        # A digit would not be recognised as part of a placeholder.
        assert set(re.findall(r"\{([^}]*)\}", text)) == set(re.findall(r"\{([a-z_]+)\}", text)), key


def test_markup_is_never_made_from_text():
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", SCRIPTS)


def test_both_languages_refuse_photos_of_the_same_size():
    found = re.search(r"MAX_PIXELS = ([\d_]+)", (APP / "worker" / "decode.js").read_text())
    assert found
    assert int(found[1].replace("_", "")) == MAX_PIXELS


def test_both_threads_name_the_model_cache_alike():
    names = [
        re.search(r"CONTENT_CACHE = `([\w-]+)\$\{", (APP / path).read_text())
        for path in ("shared/messages.js", "sw/shell.js")
    ]
    assert len({name[1] for name in names if name}) == 1
    assert all(names)


def test_modules_stay_short():
    long = {path.name: n for path in APP.rglob("*.js") if (n := len(Path(path).read_text().splitlines())) > 300}
    assert long == {}
