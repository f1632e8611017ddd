"""A site with a dead link or a missing text is not written."""

import json

import pytest

from sporeprint_site.check import check_site
from sporeprint_training.errors import BadInput, StepFailed

ENGLISH = json.dumps({"result.safety": "Do not eat {name}."}).encode()


def test_a_page_that_links_nowhere_fails():
    with pytest.raises(StepFailed, match=r"index\.html → licences\.html"):
        check_site({"index.html": b'<a href="licences.html">x</a>'})


def test_a_module_that_imports_nothing_fails():
    with pytest.raises(StepFailed, match=r"app/page/main\.js → app/shared/gone\.js"):
        check_site({"app/page/main.js": b'import { a } from "../shared/gone.js";'})


def test_links_to_files_of_the_site_fragments_and_other_sites_pass():
    page = b'<a href="./">h</a><a href="#x">f</a><a href="https://example.org/x">o</a><img src="icons/a.png?v=1">'
    check_site({"index.html": page, "icons/a.png": b""})


def test_a_text_used_by_the_app_and_missing_in_the_catalogue_fails():
    files = {"app/strings/en.json": ENGLISH, "app/page/main.js": b't("result.gone")'}
    with pytest.raises(BadInput, match=r"result\.gone"):
        check_site(files)


@pytest.mark.parametrize("german", [{}, {"result.safety": "Nicht essen."}])
def test_a_language_that_lacks_a_text_or_a_placeholder_fails(german):
    files = {"app/strings/en.json": ENGLISH, "app/strings/de.json": json.dumps(german).encode()}
    with pytest.raises(BadInput, match=r"de\.json lacks or changes result\.safety"):
        check_site(files)
