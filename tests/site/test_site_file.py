"""site.toml: what it may say, what it refuses in one line, and that the command line wins."""

import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions
from sporeprint_site.site_file import read_site_file
from sporeprint_training.errors import BadInput

WHOLE = """
title = "Pilze im Wienerwald"
short_title = "Pilze"
description = { de = "Pilze, offline.", fr = "Champignons, hors ligne." }
base_url = "/pilze/"
languages = ["de", "fr"]
models = ["bundles/small", "bundles/large"]
default_model = "bundles/large"
allow_url_input = true
about = { de = "Wer wir sind.\\n\\nWarum <b>wir</b> das tun.", fr = "Qui nous sommes." }
contact = "mailto:pilze@example.org"
imprint = "https://example.org/impressum"
precompress = ["gz"]

[colours.light]
moss = "#304a20"

[icons]
source = "icon.png"

[[emergency]]
place = "Österreich"
country = "AT"
number = "+43 1 406 43 43"
text = { de = "Tag und Nacht", fr = "Jour et nuit" }
source = "goeg.at"
"""


def picture(size: tuple[int, int] = (512, 512), kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, (20, 80, 40)).save(stream, kind)
    return stream.getvalue()


def claiming(side: int) -> bytes:
    """A small PNG whose header claims to be much larger."""
    data = picture()
    header = b"IHDR" + struct.pack(">II", side, side) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def site_file(tmp_path: Path, text: str, icon: bytes | None = None) -> Path:
    (tmp_path / "icon.png").write_bytes(picture() if icon is None else icon)
    (tmp_path / "site.toml").write_text(text)
    return tmp_path / "site.toml"


def refused(tmp_path: Path, text: str, icon: bytes | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        read_site_file(site_file(tmp_path, text, icon)).options()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_everything_that_a_site_file_says_is_in_the_site(make_bundle, tmp_path):
    file = site_file(tmp_path, WHOLE)
    make_bundle("bundles/small", name="Small")
    make_bundle("bundles/large", name="Large")
    site = read_site_file(file)
    build_site(site.models, tmp_path / "public", site.options())
    public = tmp_path / "public"
    catalogue = json.loads((public / "catalogue.json").read_bytes())
    assert [(model["name"], model["default"]) for model in catalogue["models"]] == [("Large", True), ("Small", False)]
    assert catalogue["languages"] == ["de", "fr"]
    assert catalogue["allow_url_input"] is True
    assert catalogue["about"]["de"] == ["Wer wir sind.", "Warum <b>wir</b> das tun."]
    assert (catalogue["contact"], catalogue["imprint"]) == ("mailto:pilze@example.org", "https://example.org/impressum")
    assert sorted(path.name for path in (public / "app" / "strings").glob("*.json")) == ["de.json", "fr.json"]
    manifest = json.loads((public / "app.webmanifest").read_bytes())
    assert (manifest["lang"], manifest["dir"], manifest["short_name"]) == ("de", "ltr", "Pilze")
    assert (manifest["description"], manifest["start_url"]) == ("Pilze, offline.", "/pilze/")
    page = (public / "index.html").read_text()
    assert '<html lang="de">' in page
    assert "Pilze im Wienerwald" in page
    assert "Diese Seite gibt es nicht" in (public / "404.html").read_text()
    assert "--moss: #304a20;" in (public / "app" / "app.css").read_text()
    numbers = json.loads((public / "app" / "emergency.json").read_bytes())
    assert [(n["number"], n["place"]) for n in numbers] == [("+43 1 406 43 43", {"": "Österreich"})]
    with Image.open(public / "icons" / "icon-192.png") as icon:
        assert (icon.size, icon.getpixel((96, 96))) == ((192, 192), (20, 80, 40, 255))
    assert (public / "app" / "app.css.gz").is_file()


def test_the_command_line_wins_over_the_file(tmp_path):
    site = read_site_file(site_file(tmp_path, WHOLE))
    options = site.options(title="Another", base_url=None, allow_url_input=False)
    assert (options.title, options.base_url, options.allow_url_input) == ("Another", "/pilze/", False)
    assert site.options().title == "Pilze im Wienerwald"


def test_without_a_site_file_everything_has_its_default():
    assert read_site_file(None).options() == BuildOptions()
    assert BuildOptions().languages == ("en", "de", "fr")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('titel = "Pilze"', "titel is not a key, the nearest is title"),
        ('title = ""', "title = "),
        ('title = "a\\u202eb"', "control characters"),
        ('short_title = "Much too long for it"', "at most 12"),
        ('base_url = "fungi"', "starts and ends with /"),
        ('languages = ["de", "xx"]', "some of en, de, fr"),
        ('languages = ["de", "de"]', "each named once"),
        ("languages = []", "at least 1"),
        ('contact = "javascript:alert(1)"', "https:// or mailto:"),
        ('imprint = "http://example.org"', "https:// or mailto:"),
        ('allow_url_input = "yes, please"', "allow_url_input"),
        ('precompress = ["zip"]', "'br' or 'gz'"),
        ('[colours.light]\npaper = "white"', "colours.light.paper"),
        ('[colours.light]\ndanger = "#00ff00"', "colours.light.danger is not a key"),
        ('[[emergency]]\nplace = "X"\nnumber = "1"\ntext = "t"\nsource = "s"', "emergency.0.number"),
        ('[[emergency]]\nplace = "X"\nnumber = "112;ext=1"\ntext = "t"\nsource = "s"', "emergency.0.number"),
        ('[[emergency]]\nplace = "X"\nnumber = "112"\ntext = "t"', "emergency.0.source is missing"),
        ('models = "bundle"\ndefault_model = "other"', "default_model is one of models"),
        ("models = [3]", "models lists folders"),
        ('[icons]\nsource = "gone.png"', "icons.source"),
        ("title = ", "site.toml"),
    ],
)
def test_a_wrong_key_or_value_is_refused_in_one_line_that_names_it(tmp_path, line, said):
    assert said in refused(tmp_path, line)


def test_a_text_that_is_no_utf_8_and_a_file_that_is_not_there_are_refused(tmp_path):
    (tmp_path / "site.toml").write_bytes(b'title = "\xff"')
    with pytest.raises(BadInput, match="TOML in UTF-8"):
        read_site_file(tmp_path / "site.toml")
    with pytest.raises(BadInput, match="Name a file that exists"):
        read_site_file(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("icon", "said"),
    [
        (picture((512, 500)), "square"),
        (picture((256, 256)), "512 to 4096"),
        (picture(kind="JPEG"), "whole PNG picture"),
        (picture()[:200], "whole PNG picture"),
        (b"<svg onload=alert(1)>", "whole PNG picture"),
        (claiming(10_000), "an icon is"),
        (claiming(60_000), "an icon is"),
        (b"\x89PNG" + b"\0" * (4 * 1024 * 1024), "at most 4 MiB"),
    ],
    ids=["oblong", "small", "jpeg", "half", "svg", "bomb", "large bomb", "long"],
)
def test_an_icon_that_is_no_square_png_is_refused(tmp_path, icon, said):
    message = refused(tmp_path, '[icons]\nsource = "icon.png"', icon)
    assert said in message
    assert "icons.source" in message


def test_an_icon_hands_on_its_pixels_and_nothing_else(make_bundle, tmp_path):
    from PIL.PngImagePlugin import PngInfo

    secret = PngInfo()
    secret.add_text("Comment", "taken at home")
    stream = io.BytesIO()
    Image.new("RGB", (512, 512), (1, 2, 3)).save(stream, "PNG", pnginfo=secret)
    options = read_site_file(site_file(tmp_path, '[icons]\nsource = "icon.png"', stream.getvalue())).options()
    build_site([make_bundle()], tmp_path / "public", options)
    for path in (tmp_path / "public" / "icons").iterdir():
        assert b"taken at home" not in path.read_bytes()


def test_the_options_are_json_so_that_make_sees_when_they_changed(tmp_path):
    file = site_file(tmp_path, '[icons]\nsource = "icon.png"')
    first = json.dumps(read_site_file(file).options().model_dump(mode="json"))
    (tmp_path / "icon.png").write_bytes(picture((640, 640)))
    assert json.dumps(read_site_file(file).options().model_dump(mode="json")) != first


def test_what_the_owner_writes_stays_text(make_bundle, tmp_path):
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    options = BuildOptions(title=hostile[:60], description=hostile, about=hostile)
    build_site([make_bundle()], tmp_path / "public", options)
    for page in ("index.html", "licences.html", "404.html"):
        assert "<script>alert" not in (tmp_path / "public" / page).read_text()
        assert "<img" not in (tmp_path / "public" / page).read_text()
