"""Handing data over: agreed to by two, opened once, packed with a manifest, signed, encrypted for the authority alone.

What leaves is one ZIP with three things: `package.cms` (the data, shut), `package.cms.sig` (our signature over it) and the way to open it
with OpenSSL. The passphrase is shown once to whoever releases, goes by another channel, and is kept nowhere.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from core.envelopes import enclose_for_certificate, enclose_for_passphrase, fingerprint_of, new_passphrase
from core.signatures import public_fingerprint, public_key, sign
from moderation.courts.terms import RequestState
from moderation.enums import ApprovalKind
from moderation.models import LegalRelease, LegalRequest, SecondApproval, StaffProfile
from moderation.queries.inventory import Line
from moderation.services.approvals import as_pair, use_approval
from moderation.services.collecting import Filed, open_collection
from moderation.services.holds import check_desk
from moderation.services.registering import check_not_named, note_request
from moderation.services.requests import WrongStep

_FOLDER = "courts"
_FORMAT = "resaka-legal-1"


class AlreadyFetched(Exception):
    """This person has downloaded the package before."""


class PackageGone(LookupError):
    """The package was destroyed: its request is closed."""


@dataclass(frozen=True, slots=True)
class Released:
    """A package that was made. `passphrase` is empty where a certificate opens it; it is shown once."""

    release: LegalRelease
    passphrase: str


def release_data(*, request: LegalRequest, by: StaffProfile, certificate: str = "", now: datetime) -> Released:
    """Open what was asked for, pack it and shut it; `certificate` (PEM) is the authority's, without one a passphrase is made.

    The agreement of the two is used up before anything is opened, so that one agreement opens once. Runs in no transaction of a caller.

    Raises:
        NotOnDesk, ConcernsYou, WrongStep; moderation.services.approvals.NotApproved; core.envelopes.CertificateUnfit: before anything
        is used or opened; core.sealing.SealingError: a sealed row is damaged, and nothing left.
    """
    check_desk(by)
    check_not_named(request, by)
    theirs = fingerprint_of(certificate) if certificate.strip() else ""
    with transaction.atomic(durable=True):
        if not LegalRequest.objects.select_for_update().filter(pk=request.pk, state=RequestState.APPROVED).exists():
            raise WrongStep(request.state)
        agreed = use_approval(kind=ApprovalKind.RELEASE_DATA, object_ref=request.public_id, by=by, now=now)
        for one in (agreed.asked_by, agreed.approved_by):
            check_not_named(request, one or by)
        note_request("legal.open", request, by, request.categories, now)
    files, missing = open_collection(request=request, approvals=as_pair(agreed), now=now)
    manifest = _manifest(request, agreed, files, missing, now)
    inner = _zip({"manifest.json": manifest, "README.txt": _README} | {file.path: file.data for file in files}, now)
    passphrase = "" if theirs else new_passphrase()
    shut = enclose_for_certificate(inner, pem=certificate) if theirs else enclose_for_passphrase(inner, passphrase=passphrase)
    outer = _zip({"package.cms": shut, "package.cms.sig": sign(shut), "signature-key.pem": public_key(), "OPEN.txt": _how(theirs)}, now)
    made = LegalRelease(request=request, approval=agreed, made_by=by, made_at=now, size=len(outer), certificate=theirs)
    made.sha256, made.manifest_sha256 = hashlib.sha256(shut).hexdigest(), hashlib.sha256(manifest).hexdigest()
    _store(made, outer, request, by, now)
    return Released(made, passphrase)


def fetch_package(*, release: LegalRelease, by: StaffProfile, now: datetime) -> bytes:
    """The package for one download of one person, noted in the audit chain. The page asks for the password anew before.

    Raises:
        NotOnDesk, ConcernsYou, AlreadyFetched, PackageGone.
    """
    check_desk(by)
    check_not_named(release.request, by)
    with transaction.atomic():
        row = LegalRelease.objects.select_for_update().get(pk=release.pk)
        if not row.file_name:
            raise PackageGone(release.public_id)
        had = row.fetched_by.split(",") if row.fetched_by else []
        if by.handle in had:
            raise AlreadyFetched(by.handle)
        LegalRelease.objects.filter(pk=row.pk).update(fetched_by=",".join([*had, by.handle]))
        note_request("legal.fetch", release.request, by, row.sha256, now)
        with default_storage.open(row.file_name) as file:
            data: bytes = file.read()
    return data


def _store(made: LegalRelease, outer: bytes, request: LegalRequest, by: StaffProfile, now: datetime) -> None:
    made.file_name = default_storage.save(f"{_FOLDER}/{secrets.token_hex(16)}.zip", ContentFile(outer))
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            changes: dict[str, Any] = {"state": RequestState.RELEASED, "answered_at": now}
            if not LegalRequest.objects.filter(pk=request.pk, state=RequestState.APPROVED).update(**changes):
                raise WrongStep(request.state)
            request.refresh_from_db()
            digests: dict[str, object] = {"sha256": made.sha256, "manifest_sha256": made.manifest_sha256, "release": made.public_id}
            note_request("legal.release", request, by, f"package {made.sha256} manifest {made.manifest_sha256}", now, after=digests)
    except BaseException:
        default_storage.delete(made.file_name)
        raise


def _manifest(request: LegalRequest, agreed: SecondApproval, files: list[Filed], missing: list[Line], now: datetime) -> bytes:
    subjects = enumerate(request.subjects.order_by("pk"), start=1)
    second = agreed.approved_by.handle if agreed.approved_by else ""
    found = {
        "format": _FORMAT,
        "request": {
            "reference": request.public_id,
            "kind": request.kind,
            "authority": request.authority,
            "file_numbers": request.file_numbers,
            "legal_basis": request.legal_basis,
            "offence": request.offence,
            "gate_case": request.gate_case,
            "categories": request.asked,
        },
        "made_at": _utc(now),
        "agreed_by": [agreed.asked_by.handle, second],
        "signature_key_sha256": public_fingerprint(),
        "persons": [{"number": number, "from": _utc(one.from_at), "until": _utc(one.until_at)} for number, one in subjects],
        "files": [
            {
                "path": one.path,
                "sha256": hashlib.sha256(one.data).hexdigest(),
                "bytes": len(one.data),
                "rows": one.rows,
                "retention": one.line.code,
            }
            for one in files
        ],
        "does_not_exist": [
            {"person": one.number, "part": one.part.value, "retention": one.code, "why": why.value, "words": str(why.label)}
            for one in missing
            if (why := one.absent)
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def _zip(files: dict[str, bytes], now: datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            info = zipfile.ZipInfo(path, (now.year, now.month, now.day, now.hour, now.minute, now.second))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(info, data)
    return out.getvalue()


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _how(certificate: str) -> bytes:
    key = "-inkey KEY.pem -recip CERTIFICATE.pem" if certificate else "-pwri_password PASSPHRASE"
    return _HOW.format(key=key, fingerprint=public_fingerprint()).encode()


_HOW = """1. Vérifier la signature / check the signature (OpenSSL 3):
   openssl pkeyutl -verify -pubin -inkey signature-key.pem -rawin -in package.cms -sigfile package.cms.sig
   Empreinte de la clé, à comparer par un autre canal / fingerprint of the key, to be compared by another channel:
   {fingerprint}
2. Ouvrir / open:
   openssl cms -decrypt -inform DER -binary -in package.cms -out package.zip {key}
   unzip package.zip
3. Vérifier / check: sha256sum of every file against manifest.json
"""
_README = (
    "manifest.json : la demande, les fichiers avec leur SHA-256, ce qui n’existe pas et pourquoi. Heures en UTC.\n"
    "manifest.json: the request, the files with their SHA-256, what does not exist and why. Times are UTC.\n"
    "L’identité civile est celle que la personne a donnée ; elle n’a pas été vérifiée.\n"
    "The civil identity is what the person gave; nobody has verified it.\n"
).encode()
