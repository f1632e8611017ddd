"""The demo never takes the place of somebody's own site."""

import pytest

from sporeprint.demo import _site_folder, demo
from sporeprint_export.bundle import read_bundle
from sporeprint_site.build import build_site
from sporeprint_training.errors import BadInput


@pytest.fixture
def site_from_photos(make_bundle, tmp_path):
    provenance = read_bundle(make_bundle()).manifest.provenance.model_copy(update={"drawn": False})
    build_site([make_bundle("photos", provenance=provenance)], tmp_path / "public")
    return tmp_path / "public"


def test_without_a_name_the_demo_goes_where_no_site_from_photos_lies(site_from_photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert _site_folder(None).name == "demo"
    monkeypatch.chdir(site_from_photos)
    assert _site_folder(None).name == "public"


@pytest.mark.usefixtures("site_from_photos")
def test_a_site_made_from_photos_is_not_replaced_by_the_demo(tmp_path):
    before = (tmp_path / "public" / "catalogue.json").read_bytes()
    with pytest.raises(BadInput, match="does not replace"):
        demo(out=tmp_path / "public", serve=False)
    assert (tmp_path / "public" / "catalogue.json").read_bytes() == before
