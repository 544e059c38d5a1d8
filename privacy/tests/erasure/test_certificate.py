"""The certificate: true, signed, of nobody by name, and worth nothing once a letter of it is changed."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.tests.factories import NOON
from core.signatures import public_key, sign
from privacy.enums import DataKind, ErasureStep
from privacy.erasure.certificate import (
    MOST_BYTES,
    CertificateAltered,
    CertificateForeign,
    CertificateUnreadable,
    read_certificate,
)
from privacy.erasure.saga import run_erasure
from privacy.models import DataRequest, ErasureRun
from privacy.tests.erasure.world import BIO, CIVIL, SAID, STREET, WORDS_TO_TEAM

pytestmark = pytest.mark.django_db
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def text(asked: DataRequest) -> str:
    run_erasure(request_id=asked.pk, now=NOON)
    return ErasureRun.objects.get().certificate


def changed(text: str, change: Change) -> str:
    whole: dict[str, Any] = json.loads(text)
    change(whole)
    return json.dumps(whole)


def test_it_says_all_twelve_steps_before_it_and_when(text: str, asked: DataRequest) -> None:
    found = read_certificate(text)
    assert (found.reference, found.asked_at, found.finished_at) == (asked.public_id, NOON, NOON)
    assert [line.step for line in found.erased] == [step for step in ErasureStep if step != ErasureStep.CERTIFICATE]
    rows = {line.step: line.rows for line in found.erased}
    assert rows[ErasureStep.ROOMS] > 5
    assert rows[ErasureStep.DATA_KEY] == 1
    assert rows[ErasureStep.MEDIA] == 2


def test_it_says_what_stays_until_when_and_by_which_law(text: str) -> None:
    remains = {stay.code: stay for stay in read_certificate(text).remains}
    assert {"IDENTITY", "ACCOUNT_OTHER", "CONNECTION", "MESSAGE_META", "DATA_REQUEST"} <= set(remains)
    assert (remains["IDENTITY"].until - NOON).days == 1826
    assert remains["IDENTITY"].law == "décret 2021-1362, art. 2"
    assert (remains["ACCOUNT_OTHER"].until - NOON).days == 365
    assert not {"EVIDENCE", "CHILD_ABUSE_EVIDENCE", "LEGAL_REQUEST", "BAN_KEY"} & set(remains)  # nobody learns whether there is any
    assert set(remains) <= set(DataKind.values)


def test_under_the_law_of_madagascar_less_stays(asked: DataRequest, full: User) -> None:
    User.objects.filter(pk=full.pk).update(jurisdiction="MG")
    run_erasure(request_id=asked.pk, now=NOON)
    remains = {stay.code for stay in read_certificate(ErasureRun.objects.get().certificate).remains}
    assert not {"IDENTITY", "ACCOUNT_OTHER"} & remains


def test_it_names_nobody(text: str, full: User) -> None:
    for word in ("Ben", "ben@", full.public_id, CIVIL, STREET, BIO, WORDS_TO_TEAM, *SAID):
        assert word not in text, word


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole["certificate"].update(reference="a" * 20),
        lambda whole: whole["certificate"].update(site="https://resaka.example"),
        lambda whole: whole["certificate"].update(finished_at="2020-01-01T00:00:00Z"),
        lambda whole: whole["certificate"]["erased"].pop(),
        lambda whole: whole["certificate"]["erased"][0].update(rows=10**6),
        lambda whole: whole["certificate"]["remains"].clear(),
        lambda whole: whole["certificate"].update(more="x"),
        lambda whole: whole.update(signature=base64.b64encode(bytes(64)).decode()),
        lambda whole: whole.update(signature=""),
        lambda whole: whole.update(signature=base64.b64encode(sign(b"something else of the house")).decode()),
    ],
)
def test_altered_it_is_refused_as_such(text: str, change: Change) -> None:
    with pytest.raises(CertificateAltered):
        read_certificate(changed(text, change))


def test_of_another_house_it_is_foreign(text: str) -> None:
    with pytest.raises(CertificateForeign):
        read_certificate(changed(text, lambda whole: whole["certificate"].update(key="0" * 64)))


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "Bonjour",
        "[]",
        "{}",
        "null",
        "7",
        '{"certificate": {}, "signature": ""}',
        '{"certificate": [], "signature": ""}',
        '{"certificate": "x", "signature": "eA=="}',
        '{"certificate": {"schema": 1}, "signature": "eA=="}',
        "[" * 100_000,
        "x" * (MOST_BYTES + 1),
    ],
)
def test_what_is_no_certificate_is_said_to_be_none(nonsense: str) -> None:
    with pytest.raises(CertificateUnreadable):
        read_certificate(nonsense)


def test_half_a_character_is_no_fault_of_ours(text: str) -> None:
    with pytest.raises(CertificateUnreadable):
        read_certificate(changed(text, lambda whole: whole["certificate"].update(site="\ud800")))


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(noise=st.text(max_size=300))
def test_noise_never_breaks_the_reader(noise: str) -> None:
    with pytest.raises((CertificateUnreadable, CertificateForeign, CertificateAltered)):
        read_certificate(noise)


def test_order_and_blanks_do_not_matter_to_it(text: str) -> None:
    whole = json.loads(text)
    turned = {"signature": whole["signature"], "certificate": dict(reversed(whole["certificate"].items()))}
    assert read_certificate(json.dumps(turned, indent=7)).reference == whole["certificate"]["reference"]


def test_anybody_checks_it_with_openssl(text: str, tmp_path: Path) -> None:
    """As the documentation says, without a line of ours."""
    whole = json.loads(text)
    form = json.dumps(whole["certificate"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    (tmp_path / "key.pem").write_bytes(public_key())
    (tmp_path / "signed").write_bytes(b"resaka.erasure-certificate\n" + form)
    (tmp_path / "signature").write_bytes(base64.b64decode(whole["signature"]))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "signed", "-sigfile", "signature"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "Signature Verified Successfully")
