"""Web Push message encryption: the example of RFC 8291 to the last byte, and what cannot be shut."""

from __future__ import annotations

import base64
import os
from importlib import import_module

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notifications.transports.encryption import UnfitKeys, check_keys, encrypt

# RFC 8291, appendix A
PLAINTEXT = b"When I grow up, I want to be a watermelon"
RECEIVER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH, SALT = "BTBZMqHH6r4Tts7J_aSIgg", "DGv6ra1nlYgDCS1FRnbzlw"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4M"
    "qgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)

# Parametrized tests have the same names in every process.
FIT = b"\x07" * 16


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def test_the_example_of_the_rfc() -> None:
    sender = ec.derive_private_key(int.from_bytes(raw(SENDER), "big"), ec.SECP256R1())
    made = encrypt(PLAINTEXT, p256dh=raw(RECEIVER), auth=raw(AUTH), salt=raw(SALT), sender=sender)
    assert made == raw(MESSAGE)


def test_no_two_messages_are_alike_and_all_are_as_long() -> None:
    made = [encrypt(text, p256dh=raw(RECEIVER), auth=raw(AUTH), length=640) for text in (b"a", b"a", b"b" * 600, b"")]
    assert len(set(made)) == 4
    assert len({one[:16] for one in made}) == 4  # the salt
    assert len({one[21:86] for one in made}) == 4  # the sender's point
    assert {len(one) for one in made} == {16 + 4 + 1 + 65 + 640 + 1 + 16}
    assert max(len(one) for one in made) <= 4096


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (b"", FIT),
        (raw(RECEIVER)[:-1], FIT),
        (raw(RECEIVER) + b"\x00", FIT),
        (b"\x04" + b"\x00" * 64, FIT),  # the point is on no curve
        (b"\x04" + b"\xff" * 64, FIT),
        (b"\x02" + raw(RECEIVER)[1:], FIT),  # another form than the uncompressed one
        (raw(RECEIVER)[:-1] + bytes([raw(RECEIVER)[-1] ^ 1]), FIT),
        (raw(RECEIVER), b""),
        (raw(RECEIVER), b"\x07"),
        (raw(RECEIVER), FIT[1:]),
        (raw(RECEIVER), FIT + b"\x07"),
    ],
)
def test_keys_for_which_nothing_can_be_shut(p256dh: bytes, auth: bytes) -> None:
    with pytest.raises(UnfitKeys):
        check_keys(p256dh=p256dh, auth=auth)


def test_keys_of_a_browser_are_fit() -> None:
    check_keys(p256dh=raw(RECEIVER), auth=raw(AUTH))


def test_only_the_browser_opens_it() -> None:
    Device = import_module("notifications.simulators.push.reading").Device  # noqa: N806  (a class)
    theirs, other = (ec.generate_private_key(ec.SECP256R1()) for _each in range(2))
    auth = os.urandom(16)
    made = encrypt(b"salama", p256dh=point_of(theirs), auth=auth, length=640)
    assert Device(theirs, auth).open(made) == b"salama"
    for wrong in (Device(other, auth), Device(theirs, os.urandom(16))):
        with pytest.raises(InvalidTag):
            wrong.open(made)
    with pytest.raises(InvalidTag):
        Device(theirs, auth).open(made[:-1] + bytes([made[-1] ^ 1]))
