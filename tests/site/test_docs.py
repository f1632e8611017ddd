"""The documentation of site.toml says what the program reads."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from sporeprint_site.headers import header_rules
from sporeprint_site.options import BuildOptions, _keys
from sporeprint_site.site_file import read_site_file

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "building-a-site.md").read_text()
EXAMPLE = re.search(r"\n\n((?:    .*\n|\n(?=    ))*    title = .*\n(?:    .*\n|\n(?=    ))*)", TEXT)


def example() -> str:
    assert EXAMPLE
    return "\n".join(line[4:] for line in EXAMPLE[1].splitlines())


def test_the_example_is_a_whole_site_file_that_is_accepted(tmp_path):
    stream = io.BytesIO()
    Image.new("RGB", (512, 512), "#3f532d").save(stream, "PNG")
    for name in ("icon.png", "icon-covering.png"):
        (tmp_path / name).write_bytes(stream.getvalue())
    (tmp_path / "site.toml").write_text(example())
    site = read_site_file(tmp_path / "site.toml")
    assert [path.name for path in site.models] == ["alps", "small"]
    assert site.options().title == "Fungi of the valley"
    assert site.values.keys() == BuildOptions.model_fields.keys()


@pytest.mark.parametrize("key", sorted({key.rpartition(".")[2] for key in _keys(BuildOptions)}))
def test_every_key_is_documented(key):
    assert re.search(rf"^\s*(\[+)?(\w+\.)?{key}\b", example(), re.MULTILINE), key


def test_the_headers_are_those_that_are_sent():
    for headers in header_rules(allow_url_input=False).values():
        for name, value in headers.items():
            assert f"{name}: {value}" in TEXT, name


def test_links_between_the_pages_lead_somewhere():
    for page in ("building-a-site.md", "how-offline-works.md", "phone-checklist.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", (DOCS / page).read_text()):
            assert (DOCS / target).is_file(), f"{page} → {target}"
