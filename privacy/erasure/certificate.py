"""The certificate of an erasure: what went, when, what stays until when and by which law; signed, so that anybody can check it here.

It is JSON: `{"certificate": {…}, "signature": "…"}`. The signature (Ed25519, base64) is over a line that says what is signed and the
certificate in one fixed form: keys in order, no blanks, UTF-8. The key is the house's own (`core.signatures`): it lies in the key store
and its backups, and a change of the key that wraps it leaves it as it is, so a certificate can be checked for as long as the house lives.
Nobody is named in it.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Sum

from core.clock import to_wire_exact
from core.erasing import Rows
from core.signatures import is_signed, public_fingerprint, sign
from privacy.enums import ErasureStep
from privacy.erasure.person import Person
from privacy.erasure.remains import list_remaining
from privacy.models import DeletionRecord, ErasureRun
from privacy.services.records import ERASURE_JOB, subject_mac

SCHEMA = "resaka.erasure/1"
MOST_BYTES = 64 * 1024
# Ours last so long (docs/backups.md); the keys, without which they cannot be read, no longer than the second.
BACKUPS = timedelta(days=30)
KEY_BACKUPS = timedelta(days=14)
# The clocks of two machines that work on one erasure do not differ by more.
_SKEW = timedelta(minutes=5)
_SIGNED_AS = b"resaka.erasure-certificate\n"
_TEXTS = ("schema", "site", "key", "reference", "asked_at", "finished_at")


class CertificateUnreadable(ValueError):
    """Not a certificate: no JSON, too long, or another form."""


class CertificateForeign(ValueError):
    """A certificate that another house says it has signed."""


class CertificateAltered(ValueError):
    """It says that it is ours, and its signature is not over what it says."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step: when it was proven, and how many rows it took."""

    step: ErasureStep
    at: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Stay:
    """Something that stays: its kind, until when, by which law."""

    code: str
    until: datetime
    law: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that this house has signed."""

    reference: str
    asked_at: datetime
    finished_at: datetime
    erased: tuple[Line, ...]
    remains: tuple[Stay, ...]
    backups_until: datetime
    keys_until: datetime


def make_certificate(person: Person, now: datetime) -> Rows:
    """Write the certificate of an erasure whose other steps are proven, once; `{}` when it is there, or when nobody asked (an erasure that
    is done again)."""
    run = _run_of(person)
    if run is None or run.certificate:
        return {}
    said = _say(run, person, now)
    signature = base64.b64encode(sign(_form(said))).decode()
    run.certificate, run.certified_at = json.dumps({"certificate": said, "signature": signature}, ensure_ascii=False, indent=1), now
    run.save(update_fields=["certificate", "certified_at"])
    return {ErasureRun._meta.db_table: 1}


def has_certificate(person: Person) -> bool:
    """Whether the certificate is there and holds."""
    run = _run_of(person)
    if run is None:
        return not person.request_ref
    try:
        return read_certificate(run.certificate).reference == person.request_ref
    except (CertificateUnreadable, CertificateForeign, CertificateAltered):
        return False


def read_certificate(text: str) -> Certificate:
    """What a certificate says that this house has signed.

    Raises:
        CertificateUnreadable, CertificateForeign, CertificateAltered.
    """
    said, signature = _parse(text)
    if said["key"] != public_fingerprint():
        raise CertificateForeign(said["site"])
    if not is_signed(_form(said), signature):
        raise CertificateAltered(said["reference"])
    return Certificate(
        reference=said["reference"],
        asked_at=_moment(said["asked_at"]),
        finished_at=_moment(said["finished_at"]),
        erased=tuple(Line(ErasureStep(one["step"]), _moment(one["at"]), one["rows"]) for one in said["erased"]),
        remains=tuple(Stay(one["code"], _moment(one["until"]), one["law"]) for one in said["remains"]),
        backups_until=_moment(said["backups_until"]),
        keys_until=_moment(said["keys_in_backups_until"]),
    )


def job_of(reference: str) -> str:
    """Under which name the records of an erasure stand."""
    return f"{ERASURE_JOB}{reference}"


def _run_of(person: Person) -> ErasureRun | None:
    return ErasureRun.objects.select_related("request").filter(request__public_id=person.request_ref).first()


def _say(run: ErasureRun, person: Person, now: datetime) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "site": settings.ORIGIN,
        "key": public_fingerprint(),
        "reference": run.request.public_id,
        "asked_at": to_wire_exact(run.request.asked_at),
        "finished_at": to_wire_exact(now),
        "erased": _erased(person, run),
        "remains": [{"code": one.code, "until": to_wire_exact(one.until), "law": one.law} for one in list_remaining(person, now=now)],
        "backups_until": to_wire_exact(now + BACKUPS),
        "keys_in_backups_until": to_wire_exact(now + KEY_BACKUPS),
    }


def _erased(person: Person, run: ErasureRun) -> list[dict[str, Any]]:
    """The steps with what their records say; not those of an earlier time, of somebody whom a restore had brought back."""
    job = job_of(person.request_ref)
    mine = DeletionRecord.objects.filter(subject_mac=subject_mac(person.user_id), job=job, at__gte=run.begun_at - _SKEW)
    found = {row["step"]: row for row in mine.order_by().values("step").annotate(total=Sum("rows"), last=Max("at"))}
    return [
        {"step": step.value, "at": to_wire_exact(found[step]["last"]), "rows": int(found[step]["total"])}
        for step in ErasureStep
        if step.value in found
    ]


def _form(said: dict[str, Any]) -> bytes:
    """The bytes that are signed: the same for everybody who writes the same."""
    return _SIGNED_AS + json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _parse(text: str) -> tuple[dict[str, Any], bytes]:
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise CertificateUnreadable("too long")
    try:
        found = json.loads(text)
        said, signature = found["certificate"], base64.b64decode(found["signature"], validate=True)
        texts = [said[name] for name in _TEXTS]
        _form(said)  # half a character of two has no bytes
    except (ValueError, TypeError, LookupError, RecursionError, binascii.Error) as error:
        raise CertificateUnreadable("another form") from error
    if not isinstance(said, dict) or said["schema"] != SCHEMA or not all(isinstance(one, str) for one in texts):
        raise CertificateUnreadable("another form")
    return said, signature


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
