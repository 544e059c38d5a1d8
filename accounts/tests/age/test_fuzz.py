"""Random mutants of honest proofs: none is accepted, and nothing but a refusal comes out. RESAKA_LONG=1 makes it 100 000."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from functools import partial

import pytest

from accounts.age import issuing
from accounts.age.encodings import read_base64url, write_base64url, write_cbor
from accounts.age.refusals import Refused
from accounts.age.sdjwt import verify_sdjwt
from accounts.tests.age.house import ISSUER, NONCE, NOW, PHONE, RESPONSE_URI, honest

MUTANTS = 100_000 if os.environ.get("RESAKA_LONG") else 3_000
SEED = int(os.environ.get("RESAKA_SEED", "20261201"))
SHARDS = 4

# Bytes that mean something to CBOR: kinds, tags, true, false, null, breaks.
HEADS = (0x00, 0x40, 0x60, 0x80, 0xA0, 0xC0, 0xD8, 0xF4, 0xF5, 0xF6, 0xF7, 0xFB, 0xFF)

Change = Callable[[random.Random, bytearray], None]


def flip_bit(chance: random.Random, data: bytearray) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def set_byte(chance: random.Random, data: bytearray) -> None:
    data[chance.randrange(len(data))] = chance.choice((*HEADS, chance.randrange(256)))


def insert(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.randbytes(chance.randint(1, 8))


def cut(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data))
    del data[at : at + chance.randint(1, 16)]


def truncate(chance: random.Random, data: bytearray) -> None:
    del data[chance.randrange(len(data)) :]


def repeat(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data))
    piece = data[at : at + chance.randint(1, 64)]
    data[at:at] = piece


def swap(chance: random.Random, data: bytearray) -> None:
    first, second = chance.randrange(len(data)), chance.randrange(len(data))
    data[first], data[second] = data[second], data[first]


CHANGES: tuple[Change, ...] = (flip_bit, flip_bit, set_byte, set_byte, insert, cut, truncate, repeat, swap)


def mutate(chance: random.Random, honest_data: bytes) -> bytes:
    """One to three changes; never the original."""
    while True:
        data = bytearray(honest_data)
        for _round in range(chance.choice((1, 1, 1, 2, 3))):
            if data:
                chance.choice(CHANGES)(chance, data)
        if bytes(data) != honest_data:
            return bytes(data)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_mutant_of_an_mdoc_is_accepted(shard: int) -> None:
    chance = random.Random(SEED + shard)
    proof = honest(ages={"age_over_18": True, "age_over_21": False})
    data = read_base64url(proof.encode())
    assert proof.judge(data).over == 18
    for _number in range(MUTANTS // SHARDS):
        mutant = mutate(chance, data)
        with pytest.raises(Refused):
            raise AssertionError(f"accepted {mutant.hex()}: {proof.judge(mutant)}")


def test_no_mutant_of_its_text_is_accepted() -> None:
    chance = random.Random(SEED)
    proof = honest()
    text = proof.encode().encode()
    for _number in range(MUTANTS // 10):
        mutant = mutate(chance, text).decode("latin-1")
        with pytest.raises(Refused):
            raise AssertionError(f"accepted {mutant}: {proof.judge(mutant)}")


def test_no_mutant_of_the_items_inside_is_accepted() -> None:
    """The issuer's own bytes, changed and signed again by a stranger: past the signature lies nothing that can be broken into."""
    chance = random.Random(SEED)
    proof = honest()
    payload = proof.issuer_auth[2]
    for _number in range(MUTANTS // 10):
        mutant = mutate(chance, payload)
        proof.issuer_auth[2] = mutant
        proof.issuer_auth[3] = issuing.sign_es256(ISSUER.signer.key, write_cbor(["Signature1", b"\xa1\x01\x26", b"", mutant]))
        try:
            attested = proof.judge()
        except Refused:
            continue
        assert attested.over == 18  # the issuer may sign what it likes: only the refusals are judged here


def test_no_mutant_of_an_sdjwt_is_accepted() -> None:
    chance = random.Random(SEED)
    audience = f"redirect_uri:{RESPONSE_URI}"
    credential = issuing.issue_sdjwt(ISSUER, PHONE.public_key(), now=NOW)
    text = issuing.present_sdjwt(credential, PHONE, nonce=NONCE, audience=audience, now=NOW).encode()
    judge = partial(verify_sdjwt, nonce=NONCE, audience=audience, vct=issuing.DEFAULT_VCT, anchors=[ISSUER.anchor], threshold=18, now=NOW)
    for _number in range(MUTANTS // 3):
        mutant = mutate(chance, text).decode("latin-1")
        with pytest.raises(Refused):
            raise AssertionError(f"accepted {mutant}: {judge(mutant)}")


@pytest.mark.parametrize("size", [0, 1, 2, 16, 1024])
def test_noise_is_refused(size: int) -> None:
    chance = random.Random(SEED)
    proof = honest()
    for _number in range(50):
        noise = chance.randbytes(size)
        for data in (noise, write_base64url(noise)):
            with pytest.raises(Refused):
                proof.judge(data)
