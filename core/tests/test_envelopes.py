"""What leaves shut and signed opens with OpenSSL and nothing of ours; a changed byte is found before anything is opened."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from core.envelopes import CertificateUnfit, enclose_for_certificate, enclose_for_passphrase, fingerprint_of, new_passphrase
from core.signatures import public_fingerprint, public_key, sign

DATA = bytes(range(256)) * 41 + "réquisition".encode()


def openssl(*args: str, cwd: Path, ok: bool = True) -> bytes:
    done = subprocess.run(["openssl", *args], cwd=cwd, capture_output=True, check=False, timeout=60)
    assert (done.returncode == 0) is ok, done.stderr
    return done.stdout


def make_certificate(folder: Path, algorithm: str = "rsa:2048") -> str:
    new = ["req", "-x509", "-newkey", algorithm, "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=Parquet", "-days", "2"]
    extra = ["-pkeyopt", "ec_paramgen_curve:P-256"] if algorithm == "ec" else []
    openssl(*new, *extra, cwd=folder)
    return (folder / "c.pem").read_text("ascii")


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, len(DATA)])
def test_a_passphrase_opens_it(tmp_path: Path, length: int) -> None:
    (tmp_path / "e").write_bytes(enclose_for_passphrase(DATA[:length], passphrase="CDFG-2346"))
    opened = openssl("cms", "-decrypt", "-inform", "DER", "-binary", "-in", "e", "-pwri_password", "CDFG-2346", cwd=tmp_path)
    assert opened == DATA[:length]
    openssl("cms", "-decrypt", "-inform", "DER", "-in", "e", "-pwri_password", "CDFG-2347", cwd=tmp_path, ok=False)


def test_the_owner_of_a_certificate_opens_it_and_nobody_else(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    for folder in (mine, other):
        folder.mkdir()
    pem = make_certificate(mine)
    make_certificate(other)
    for folder in (mine, other):
        (folder / "e").write_bytes(enclose_for_certificate(DATA, pem=pem))
    assert openssl("cms", "-decrypt", "-inform", "DER", "-binary", "-in", "e", "-inkey", "k.pem", "-recip", "c.pem", cwd=mine) == DATA
    openssl("cms", "-decrypt", "-inform", "DER", "-in", "e", "-inkey", "k.pem", "-recip", "c.pem", cwd=other, ok=False)
    told = openssl("x509", "-in", "c.pem", "-noout", "-fingerprint", "-sha256", cwd=mine).decode().strip()
    assert told.partition("=")[2].replace(":", "").lower() == fingerprint_of(pem)


@pytest.mark.parametrize("algorithm", ["rsa:1024", "ec"])
def test_a_key_that_is_too_short_or_of_another_kind_is_refused(tmp_path: Path, algorithm: str) -> None:
    with pytest.raises(CertificateUnfit):
        enclose_for_certificate(DATA, pem=make_certificate(tmp_path, algorithm))


@pytest.mark.parametrize("pem", ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "é"])
def test_what_is_no_certificate_is_refused(pem: str) -> None:
    with pytest.raises(CertificateUnfit):
        fingerprint_of(pem)


def test_passphrases_are_never_the_same_and_can_be_read_aloud() -> None:
    many = {new_passphrase() for _number in range(200)}
    assert len(many) == 200
    assert all(len(one) == 39 and not set(one) & set("0O1IL5S8BAEU") for one in many)


@pytest.mark.django_db
def test_openssl_checks_what_was_signed_and_finds_a_changed_byte(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "sig").write_bytes(sign(DATA))
    (tmp_path / "key.pem").write_bytes(public_key())
    check = ["pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "data", "-sigfile", "sig"]
    assert b"Verified Successfully" in openssl(*check, cwd=tmp_path)
    (tmp_path / "data").write_bytes(DATA[:-1] + b"x")
    openssl(*check, cwd=tmp_path, ok=False)
    der = openssl("pkey", "-pubin", "-in", "key.pem", "-outform", "DER", cwd=tmp_path)
    (tmp_path / "der").write_bytes(der)
    assert openssl("dgst", "-sha256", "-r", "der", cwd=tmp_path).decode().split()[0] == public_fingerprint()
