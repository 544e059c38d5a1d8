"""What is taken for the way to a device: whoever offers one chooses where this house will knock, so nearly nothing is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.hosts import read_pattern
from notifications.services.offers import BadOffer, digest_of, read_endpoint, read_offer
from notifications.tests.push.devices import describe
from notifications.tests.push.test_encryption import RECEIVER
from notifications.transports.vapid import current_key

HOSTS = (
    "fcm.googleapis.com",
    "android.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
    "push.example:8443",
)
MADE = {"endpoint": "https://fcm.googleapis.com/fcm/send/abc:DEF_1-2", "p256dh": RECEIVER, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}

GOOD = [
    ("https://fcm.googleapis.com/fcm/send/abc:DEF_1-2", "fcm.googleapis.com"),
    ("https://FCM.GoogleApis.com/fcm/send/x", "fcm.googleapis.com"),
    ("https://fcm.googleapis.com:443/wp/x", "fcm.googleapis.com"),
    ("https://updates.push.services.mozilla.com/wpush/v2/gAAAA", "updates.push.services.mozilla.com"),
    ("https://web.push.apple.com/QOF7", "web.push.apple.com"),
    ("https://a.b.push.apple.com/QOF7", "a.b.push.apple.com"),
    ("https://wns2-par02p.notify.windows.com/w/?token=BQYAAAD", "wns2-par02p.notify.windows.com"),
    ("https://push.example:8443/x?y=z", "push.example:8443"),
]
# Forty that would make us knock elsewhere.
BAD = [
    "",
    "x",
    "fcm.googleapis.com/x",
    "//fcm.googleapis.com/x",
    "http://fcm.googleapis.com/x",
    "ftp://fcm.googleapis.com/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://",
    "https:///x",
    "https://fcm.googleapis.com:444/x",
    "https://fcm.googleapis.com:22/x",
    "https://fcm.googleapis.com:80/x",
    "https://push.example/x",
    "https://fcm.googleapis.com@evil.example/x",
    "https://user@fcm.googleapis.com/x",
    "https://user:pass@fcm.googleapis.com/x",
    "https://evil.example/fcm.googleapis.com",
    "https://evil.example#fcm.googleapis.com",
    "https://evil.example?fcm.googleapis.com",
    "https://evil.example\\@fcm.googleapis.com/x",
    "https://fcm.googleapis.com.evil.example/x",
    "https://fcm.googleapis.com./x",
    "https://sub.fcm.googleapis.com/x",
    "https://xfcm.googleapis.com/x",
    "https://xpush.apple.com/x",
    "https://push.apple.com/x",
    "https://evilpush.apple.com/x",
    "https://evilpush.apple.com.example/x",
    "https://.push.apple.com/x",
    "https://a..push.apple.com/x",
    "https://localhost/x",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://2130706433/x",
    "https://0x7f.0.0.1/x",
    "https://10.0.0.1/x",
    "https://fcm.googleapis.com/x y",
    "https://fcm.googleapis.com/x\r\nHost: evil.example",
    "https://fcm.googleapis.com/\u00e9",
    "https://fcm.google\u0430pis.com/x",
    "https://fcm\u3002googleapis.com/x",
    "https://fcm.googleapis.com/x#fragment",
    "https://fcm.googleapis.com/" + "x" * 1000,
]


@pytest.fixture(autouse=True)
def _hosts(settings: Any) -> None:
    settings.PUSH_HOSTS = [read_pattern(entry) for entry in HOSTS]
    settings.VAPID_KEYS = (0x1234567890ABCDEF,)


def refusal(said: object) -> str:
    raw = said if isinstance(said, bytes) else json.dumps(said).encode()
    with pytest.raises(BadOffer) as refused:
        read_offer(raw)
    return refused.value.code


@pytest.mark.parametrize(("endpoint", "host"), GOOD)
def test_addresses_of_push_services(endpoint: str, host: str) -> None:
    offer = read_offer(json.dumps(describe(MADE, endpoint=endpoint)).encode())
    key = current_key()
    assert key is not None
    assert (offer.transport, offer.host, len(offer.p256dh), len(offer.auth), offer.key_id) == ("WEB_PUSH", host, 65, 16, key.key_id)


def test_there_are_forty() -> None:
    assert len(set(BAD)) >= 40


@pytest.mark.parametrize("endpoint", BAD)
def test_other_addresses(endpoint: str) -> None:
    assert refusal(describe(MADE, endpoint=endpoint)) in {"address", "service"}


def test_the_same_address_in_other_letters_is_the_same() -> None:
    digests = {
        read_offer(json.dumps(describe(MADE, endpoint=f"https://{host}/x")).encode()).digest
        for host in ("fcm.googleapis.com", "FCM.googleapis.com", "fcm.googleapis.com:443")
    }
    assert len(digests) == 1
    assert digests == {read_endpoint(json.dumps({"endpoint": "https://FCM.googleapis.com/x"}).encode())}


def test_without_hosts_there_is_no_address(settings: Any) -> None:
    settings.PUSH_HOSTS = []
    assert refusal(describe(MADE)) == "service"


@pytest.mark.parametrize("auth", ["", "AA", "A" * 21, "A" * 23, "A" * 22 + "==", "BTBZMqHH6r4Tts7J/aSIgg", "\u00e9" * 22])
def test_secrets_that_are_none(auth: str) -> None:
    assert refusal(describe(MADE, auth=auth)) == "keys"


@pytest.mark.parametrize("point", ["", "A" * 87, RECEIVER[:-1], RECEIVER + "A", RECEIVER[:-2] + "AA", RECEIVER + "="])
def test_keys_that_are_none(point: str) -> None:
    assert refusal(describe(MADE, p256dh=point)) == "keys"


def test_a_browser_that_was_given_another_key() -> None:
    assert refusal(describe(MADE, key="B" * 87)) == "old_key"
    assert refusal(describe(MADE, key="")) == "old_key"


def test_a_key_of_before_still_counts(settings: Any) -> None:
    old = describe(MADE)
    settings.VAPID_KEYS = (0x77, 0x1234567890ABCDEF)
    assert read_offer(json.dumps(old).encode()).key_id != getattr(current_key(), "key_id", "")
    settings.VAPID_KEYS = (0x77,)
    assert refusal(old) == "old_key"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b"[" * 4000,
        b'{"endpoint": 1e400}',
        b" " * 4097,
        {},
        {"transport": "WEB_PUSH"},
        {"transport": "EMAIL", "endpoint": "x"},
        {"transport": "FCM", "endpoint": "x"},
        {"transport": ["WEB_PUSH"]},
    ],
)
def test_what_is_no_offer(said: object) -> None:
    assert refusal(said) == "malformed"


@pytest.mark.parametrize("name", ["transport", "endpoint", "p256dh", "auth", "key"])
def test_every_field_is_there_and_is_text(name: str) -> None:
    whole: dict[str, Any] = describe(MADE)
    assert refusal({key: value for key, value in whole.items() if key != name}) == "malformed"
    wrong: list[object] = [None, 7, [], {}, True]
    for value in wrong:
        assert refusal({**whole, name: value}) == "malformed"


def test_nothing_else_is_there() -> None:
    assert refusal({**describe(MADE), "user": "amina"}) == "malformed"


def test_fcm_is_taken_where_the_house_has_an_account(settings: Any) -> None:
    said = {"transport": "FCM", "token": "cX1:APA91b-" + "x" * 100}
    assert refusal(said) == "service"
    settings.FCM_ACCOUNT = {"project_id": "p"}
    settings.OUTBOUND_HOSTS = []
    assert refusal(said) == "service"
    settings.OUTBOUND_HOSTS = [read_pattern("fcm.googleapis.com")]
    offer = read_offer(json.dumps(said).encode())
    assert (offer.transport, offer.endpoint, offer.host, offer.p256dh, offer.key_id) == (
        "FCM",
        said["token"],
        "fcm.googleapis.com",
        b"",
        "",
    )
    for token in ("", "short", "x" * 513, "a b" * 20, "https://evil.example/" + "x" * 20, "x" * 30 + "\n"):
        assert refusal({**said, "token": token}) == "address"


def test_a_way_is_named_to_be_forgotten() -> None:
    token = "cX1:APA91b-" + "x" * 100
    assert read_endpoint(json.dumps({"token": token}).encode()) == digest_of("FCM", token)
    for raw in (
        b"{}",
        b'{"endpoint": 7}',
        b'{"endpoint": "x", "token": "y"}',
        b"nonsense",
        b'{"token": "\\ud800"}',
        b'{"endpoint": "\\ud800"}',
    ):
        with pytest.raises(BadOffer):
            read_endpoint(raw)


def test_the_digest_tells_ways_apart() -> None:
    assert digest_of("FCM", "x") != digest_of("WEB_PUSH", "x")
    assert len(digest_of("FCM", "x")) == 64


def test_an_address_is_judged_by_the_list_that_is_asked_for(settings: Any) -> None:
    """The house may ask Stripe; that does not make Stripe a push service."""
    settings.OUTBOUND_HOSTS = [read_pattern("api.stripe.com")]
    assert refusal(describe(MADE, endpoint="https://api.stripe.com/v1/charges")) == "service"
