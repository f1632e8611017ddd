"""What phones download, at first and again."""

import brotli
import pytest

from sporeprint_export.bundle import read_bundle
from sporeprint_export.export import ExportOptions, export_run
from sporeprint_export.transfer import bundle_bytes, changed_bytes, compressed_bytes
from sporeprint_training.errors import BadInput


def test_what_brotli_would_lengthen_is_sent_as_it_is():
    assert compressed_bytes(b"spore" * 1000) < 100
    packed = brotli.compress(bytes(range(256)) * 40)
    assert compressed_bytes(packed) == len(packed)


def test_everything_but_the_developers_files_is_counted(exported):
    bundle = read_bundle(exported[1])
    raw, compressed = bundle_bytes(bundle)
    lengths = {file.path: file.bytes for file in bundle.manifest.files}
    assert raw == sum(lengths.values()) - lengths["card.md"] + len(bundle.manifest.to_json())
    assert 0 < compressed < raw


def test_the_same_bundle_is_not_downloaded_again(exported):
    manifest = read_bundle(exported[1]).manifest
    assert changed_bytes(manifest, manifest) == 0


@pytest.mark.usefixtures("converted_before")
def test_after_another_name_only_the_manifest_is_downloaded(exported, tmp_path):
    options = ExportOptions("float16", name="Autumn", against=exported[1])
    report = export_run(exported[0], tmp_path / "renamed", options)
    assert report.changed_bytes == len(report.manifest.to_json())


@pytest.mark.usefixtures("converted_before")
def test_an_earlier_bundle_that_is_damaged_is_refused_before_any_work(exported, tmp_path):
    with pytest.raises(BadInput, match="A bundle is a folder"):
        export_run(exported[0], tmp_path / "out", ExportOptions(against=tmp_path))
    assert not (tmp_path / "out").exists()
