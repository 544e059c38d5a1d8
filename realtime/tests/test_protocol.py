"""No bytes make the parser raise anything but its own refusal; the published protocol is the one that is spoken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.frames import Frame, events_frame
from realtime.protocol import COMMANDS, BadFrame, encode, parse
from realtime.published import all_files, all_schemas

SAMPLES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "samples.json").read_text("utf-8"))
LIMIT = 16 * 1024
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)


def parsed(text: str | bytes) -> dict[str, Any] | None:
    try:
        return parse(text, limit=LIMIT)
    except BadFrame:
        return None


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    assert parsed(data) is None or parsed(data)["t"] in COMMANDS  # type: ignore[index]


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=400))
def test_any_text_with_lone_surrogates(text: str) -> None:
    assert parsed(text) is None or parsed(text)["t"] in COMMANDS  # type: ignore[index]


@given(
    st.dictionaries(st.sampled_from(["t", "id", "room", "rooms", "seq", "body", "cid", "emoji", "on", "x"]), JSON),
    st.sampled_from(sorted(COMMANDS)),
)
def test_any_object_of_any_kind(frame: dict[str, Any], kind: str) -> None:
    """What is let through is what the published schema lets through."""
    frame["t"] = kind
    found = parsed(json.dumps(frame))
    if found is not None:
        jsonschema.validate(found, all_schemas()[f"command.{kind}"])


@pytest.mark.parametrize("frame", SAMPLES["commands"])
def test_samples_of_commands(frame: dict[str, Any]) -> None:
    assert parse(json.dumps(frame), limit=LIMIT) == frame
    jsonschema.validate(frame, all_schemas()[f"command.{frame['t']}"])


@pytest.mark.parametrize("frame", SAMPLES["refused"])
def test_samples_of_refused_frames(frame: Any) -> None:
    with pytest.raises(BadFrame):
        parse(json.dumps(frame), limit=LIMIT)


@pytest.mark.parametrize("frame", SAMPLES["pushes"])
def test_samples_of_pushes(frame: dict[str, Any]) -> None:
    assert json.loads(encode(frame)) == frame
    jsonschema.validate(frame, all_schemas()[f"push.{frame['t']}"])


def test_every_frame_has_a_sample() -> None:
    sampled = {f"command.{frame['t']}" for frame in SAMPLES["commands"]} | {f"push.{frame['t']}" for frame in SAMPLES["pushes"]}
    assert sampled == set(all_schemas())


def test_published_files_are_fresh() -> None:
    """`python manage.py write_protocol` writes them."""
    assert {path.name for path, text in all_files().items() if path.read_text("utf-8") != text} == set()


def test_deep_nesting_and_the_limit() -> None:
    assert parsed('{"t":"ping","z":' + "[" * 9000 + "]" * 0) is None
    assert parsed('{"t":"ping","x":"%s"}' % ("é" * 8200)) is None
    padded = '{"t":"ping"}' + " " * (LIMIT - 12)
    assert parsed(padded) == {"t": "ping"}
    assert parsed(padded + " ") is None


def test_the_id_of_a_bad_frame_comes_back() -> None:
    with pytest.raises(BadFrame) as refused:
        parse('{"t":"sub","id":"q7"}', limit=LIMIT)
    assert refused.value.id == "q7"


@pytest.mark.parametrize(
    ("size", "head"), [(10, b"\x81\x0a"), (126, b"\x81\x7e\x00\x7e"), (70_000, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x11\x70")]
)
def test_frames_as_the_server_sends_them(size: int, head: bytes) -> None:
    frame = Frame(b"x" * size)
    assert frame.wire == head + b"x" * size
    assert frame.message == {"type": "websocket.send", "text": "x" * size}


def test_an_events_frame_is_json() -> None:
    frame = events_frame(room="r", bodies=['{"seq":1,"body":"é"}'.encode(), b'{"seq":2,"k":"hole"}'], last=9)
    assert json.loads(frame.text) == {"t": "ev", "room": "r", "evs": [{"seq": 1, "body": "é"}, {"seq": 2, "k": "hole"}], "last": 9}
