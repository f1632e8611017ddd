"""Files that only look like photos."""

import os

import pytest

from sporeprint_training.dataset.sources import list_source
from sporeprint_training.images import UnreadableImage


def test_a_pipe_named_like_a_photo_is_refused_instead_of_waited_for(tmp_path):
    (tmp_path / "Boletus edulis").mkdir()
    os.mkfifo(tmp_path / "Boletus edulis" / "1.jpg")
    (photo,) = list_source(tmp_path).photos
    with pytest.raises(UnreadableImage, match="unreadable"):
        photo.read()
