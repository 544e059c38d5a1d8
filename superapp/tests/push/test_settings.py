"""What an operator sets for notices on devices: keys and accounts that are none stop the start, and name their variable."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ImproperlyConfigured

from superapp import push
from superapp.push import check_subject, read_keys


def test_keys_are_read_in_two_forms() -> None:
    raw = bytes(range(1, 33))
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    number = int.from_bytes(raw, "big")
    assert read_keys(A=text, B="", C=raw.hex()) == (number, number)


@pytest.mark.parametrize("text", ["x", "A" * 42, "A" * 43, "0" * 64, "f" * 64, "zz" * 32, "A" * 44, "é" * 43])
def test_other_keys_are_faults_that_name_their_variable(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="RESAKA_VAPID_KEY"):
        read_keys(RESAKA_VAPID_KEY=text)


@pytest.mark.parametrize("subject", ["", "push@resaka.example", "http://resaka.example/", "mailto:", "mailto:nobody", "https://localhost/"])
def test_subjects_that_apple_would_refuse(subject: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="RESAKA_VAPID_SUBJECT"):
        check_subject(subject)


@pytest.mark.parametrize("subject", ["mailto:push@resaka.example", "https://resaka.example/contact/"])
def test_subjects_that_it_takes(subject: str) -> None:
    assert check_subject(subject) == subject


@pytest.mark.parametrize(
    "text", ["{", "[]", "null", "{}", '{"project_id": "p", "client_email": "e", "private_key": "k", "token_uri": "u"}']
)
def test_an_account_that_is_none_stops_the_start(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESAKA_FCM_ACCOUNT", text)
    with pytest.raises(ImproperlyConfigured, match="RESAKA_FCM_ACCOUNT"):
        push._read_account()


def test_an_account_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    key = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = {"project_id": "p", "client_email": "push@p.example", "private_key": key, "token_uri": "https://oauth2.googleapis.com/token"}
    monkeypatch.setenv("RESAKA_FCM_ACCOUNT", json.dumps({**account, "type": "service_account"}))
    assert push._read_account() == account
    monkeypatch.delenv("RESAKA_FCM_ACCOUNT")
    assert push._read_account() == {}
