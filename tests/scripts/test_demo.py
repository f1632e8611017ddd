"""The demo never takes the place of somebody's own site."""

import pytest

from sporeprint.demo import demo
from sporeprint_export.bundle import read_bundle
from sporeprint_site.build import build_site
from sporeprint_training.errors import BadInput


def test_a_site_made_from_photos_is_not_replaced_by_the_demo(make_bundle, tmp_path):
    provenance = read_bundle(make_bundle()).manifest.provenance.model_copy(update={"drawn": False})
    build_site([make_bundle("photos", provenance=provenance)], tmp_path / "public")
    before = (tmp_path / "public" / "catalogue.json").read_bytes()
    with pytest.raises(BadInput, match="does not replace"):
        demo(out=tmp_path / "public", serve=False)
    assert (tmp_path / "public" / "catalogue.json").read_bytes() == before
