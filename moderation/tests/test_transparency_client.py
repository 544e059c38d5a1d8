"""What the other side may answer: nothing that it says makes a statement sent that is not, and nothing breaks the client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.hosts import read_host
from core.tests.standin import Reply, Said, StandIn
from moderation.providers.transparency import (
    Refused,
    SeenBefore,
    TransparencyError,
    TryLater,
    Unauthorized,
    find_stored,
    send_batch,
)

BATCH = [{"puid": "rsk-1", "decision_facts": "é"}, {"puid": "rsk-2", "decision_facts": "b"}]


class Other:
    """A server that answers what the test tells it to."""

    def __init__(self) -> None:
        self.reply = Reply()
        self.server = StandIn(lambda _said: self.reply)

    def say(self, status: int, data: Any = None, **headers: str) -> None:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.reply = Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, [body])

    @property
    def said(self) -> list[Said]:
        return self.server.said


@pytest.fixture
def other(settings: Any) -> Iterator[Other]:
    found = Other()
    with found.server as server:
        settings.OUTBOUND_HOSTS = [read_host(server.entry)]
        settings.DSA_URL, settings.DSA_TOKEN = server.url("").rstrip("/"), "secret-token"
        yield found


def created(*puids: str) -> dict[str, Any]:
    return {"statements": [{"puid": puid, "uuid": f"u-{puid}"} for puid in puids]}


# ---- What is asked ---------------------------------------------------------------------------------------------------------------
def test_a_batch_is_asked_as_the_interface_wants_it(other: Other) -> None:
    other.say(201, created("rsk-1", "rsk-2"))
    assert send_batch(BATCH) == {"rsk-1": "u-rsk-1", "rsk-2": "u-rsk-2"}
    asked = other.said[0]
    assert (asked.method, asked.path) == ("POST", "/api/v1/statements")
    assert asked.headers["authorization"] == "Bearer secret-token"
    assert asked.headers["accept"] == "application/json"
    assert json.loads(asked.body) == {"statements": BATCH}


def test_a_number_is_asked_for_and_its_302_leads_nowhere(other: Other) -> None:
    other.say(302, {"uuid": "u", "decision_facts": "f", "category": "c"})
    found = find_stored("rsk-1")
    assert found is not None
    assert (found.uuid, found.facts, found.category) == ("u", "f", "c")
    assert (other.said[0].method, other.said[0].path) == ("GET", "/api/v1/statement/existing-puid/rsk-1")
    other.say(404, {"message": "statement of reason not found"})
    assert find_stored("rsk-1") is None


def test_our_token_is_never_carried_elsewhere(other: Other) -> None:
    other.say(302, {}, Location="http://127.0.0.1:1/")
    for ask in (lambda: find_stored("rsk-1"), lambda: send_batch(BATCH)):
        with pytest.raises(TryLater):
            ask()
    assert len(other.said) == 2


# ---- Only 201, and only for all of them ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [200, 202, 204, 302, 400, 404, 405, 409, 413, 418, 429, 500, 502, 503])
def test_any_other_status_is_no_creation(status: int, other: Other) -> None:
    other.say(status, b"" if status == 204 else created("rsk-1", "rsk-2"))
    with pytest.raises(TryLater):
        send_batch(BATCH)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"statements": []},
        {"statements": None},
        {"statements": {"puid": "rsk-1"}},
        created("rsk-1"),
        created("rsk-1", "rsk-3"),
        created("rsk-1", "rsk-2", "rsk-3"),
        {"statements": ["rsk-1", "rsk-2"]},
        {"statements": [{"puid": 1}, {"puid": None}]},
        [],
        "created",
        None,
    ],
)
def test_a_creation_names_exactly_what_was_sent(answer: Any, other: Other) -> None:
    other.say(201, answer)
    with pytest.raises(TryLater):
        send_batch(BATCH)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("ask", [lambda: send_batch(BATCH), lambda: find_stored("rsk-1")])
def test_a_token_that_is_not_good_is_told_apart(status: int, ask: Callable[[], object], other: Other) -> None:
    other.say(status, {"message": "Unauthenticated."})
    with pytest.raises(Unauthorized):
        ask()


# ---- 422 -------------------------------------------------------------------------------------------------------------------------
def test_faults_are_read_by_their_place(other: Other) -> None:
    other.say(422, {"errors": {"statement_1": {"category": ["is invalid", "is odd"], "puid": "too long"}}})
    with pytest.raises(Refused) as refused:
        send_batch(BATCH)
    assert refused.value.faults == {1: "category: is invalid is odd; puid: too long"}


@pytest.mark.parametrize(
    "errors",
    [
        {"statement_2": {"category": ["x"]}},
        {"statement_-1": {"category": ["x"]}},
        {"statement_": {}},
        {"statement_1x": {}},
        {"statement_١": {}},
        {"statements": ["The statements field is required."]},
        [],
        "no",
        None,
    ],
)
def test_places_that_are_none_of_ours_accuse_nobody(errors: Any, other: Other) -> None:
    other.say(422, {"message": "The given data was invalid.", "errors": errors})
    with pytest.raises(Refused) as refused:
        send_batch(BATCH)
    assert refused.value.faults == {}
    assert "The given data was invalid." in str(refused.value)


def test_numbers_seen_before_are_named(other: Other) -> None:
    other.say(422, {"message": "not unique", "errors": {"puid": ["not unique"], "existing_puids": ["rsk-2"]}})
    with pytest.raises(SeenBefore) as seen:
        send_batch(BATCH)
    assert seen.value.puids == ("rsk-2",)


# ---- How long to wait ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("said", "wait"),
    [("120", 120), ("0", 0), ("", 0), ("-5", 0), ("1e9", 0), ("999999999", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("12 ", 12)],
)
def test_only_a_sane_number_of_seconds_is_obeyed(said: str, wait: int, other: Other) -> None:
    other.say(429, {}, Retry_After=said)
    with pytest.raises(TryLater) as later:
        send_batch(BATCH)
    assert later.value.wait == wait


# ---- Anything at all -------------------------------------------------------------------------------------------------------------
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["statements", "errors", "puid", "existing_puids", "x"]), inner)
    ),
    max_leaves=8,
)


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(status=st.sampled_from([200, 201, 302, 404, 422, 500]), data=_JSON)
def test_no_answer_breaks_the_client(other: Other, status: int, data: Any) -> None:
    other.say(status, data)
    with pytest.raises(TransparencyError):
        send_batch(BATCH)


def test_too_large_an_answer_is_not_read(other: Other) -> None:
    other.say(201, b"[" + b" " * (5 * 1024 * 1024))
    with pytest.raises(TryLater, match="TooLarge"):
        send_batch(BATCH)
