"""A site with a dead link or a missing text is not written."""

import json

import pytest

from sporeprint_site.check import check_site
from sporeprint_training.errors import BadInput, StepFailed

ENGLISH = json.dumps({"result.safety": "Do not eat {name}."}).encode()


def test_a_page_that_links_nowhere_fails():
    with pytest.raises(StepFailed, match=r"index\.html → licences\.html"):
        check_site({"index.html": b'<a href="licences.html">x</a>'}, {})


def test_a_module_that_imports_nothing_fails():
    with pytest.raises(StepFailed, match=r"app/page/main\.js → app/shared/gone\.js"):
        check_site({"app/page/main.js": b'import { a } from "../shared/gone.js";'}, {})


def test_links_to_files_of_the_site_fragments_and_other_sites_pass():
    page = b'<a href="./">h</a><a href="#x">f</a><a href="https://example.org/x">o</a><img src="icons/a.png?v=1">'
    check_site({"index.html": page, "icons/a.png": b""}, {})


def test_a_text_used_by_the_app_and_missing_in_the_catalogue_fails():
    with pytest.raises(BadInput, match=r"result\.gone"):
        check_site({"app/strings/en.json": ENGLISH}, {"app/page/main.js": b't("result.gone")'})


@pytest.mark.parametrize("german", [{}, {"result.safety": "Nicht essen."}])
def test_a_language_that_lacks_a_text_or_a_placeholder_fails(german):
    files = {"app/strings/en.json": ENGLISH, "app/strings/de.json": json.dumps(german).encode()}
    with pytest.raises(BadInput, match=r"de\.json lacks or changes result\.safety"):
        check_site(files, {})


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("index.html", '<script src="https://cdn.example/a.js"></script>'),
        ("index.html", '<link rel="stylesheet" href="//cdn.example/a.css">'),
        ("index.html", '<img srcset="a.png 1x, https://cdn.example/a.png 2x">'),
        ("index.html", '<form action="https://example.org/collect"></form>'),
        ("index.html", '<meta http-equiv="refresh" content="0; url=https://example.org/">'),
        ("index.html", '<a href="./" ping="https://example.org/count">x</a>'),
        ("app/app.css", "body { background: url('https://cdn.example/a.png') }"),
        ("app/app.css", '@import "//cdn.example/a.css";'),
        ("app/page/a.js", 'import { a } from "https://cdn.example/a.js";'),
        ("app/page/a.js", "void fetch(`https://example.org/count`);"),
        ("app/sw/a.js", 'importScripts("//cdn.example/a.js");'),
    ],
)
def test_whatever_a_page_would_load_from_elsewhere_fails(path, content):
    with pytest.raises(StepFailed, match=r"from elsewhere.*(cdn\.example|example\.org)"):
        check_site({"index.html": b"", "a.png": b"", path: content.encode()}, {})
