"""The copy that a reporter takes away, for a complaint to the police: what they could see themselves, with digests.

It is cut from the sealed snapshot. Left out: versions of before an edit, words that their author had taken back, people hidden from the
reporter, references of connections, names worn before. The digest of the whole snapshot is in it, so that whoever gets both, the police and
the court, can tell that they belong together.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.queries import list_hidden_public_ids
from core.clock import to_wire
from core.ratelimit import hit
from moderation.models import Evidence, Report
from moderation.services.evidence import MEDIA, SNAPSHOT, EvidenceDamaged, canonical, unseal_evidence
from moderation.services.noting import note

COPIES_PER_HOUR = 10
_SEEN_OF_PROFILE = ("public_id", "pseudonym", "bio", "gender_text", "languages")
_SUFFIX = {"image/webp": "webp"}


class NothingKept(LookupError):
    """No evidence lies with this report any more, or it may be handed to nobody but justice."""


def make_copy(*, report: Report, now: datetime) -> bytes:
    """A ZIP with `content.json`, the images, `README.txt` in the reporter's language, and `manifest.json` with the SHA-256 of each. The
    same report gives the same bytes but for the time in the manifest. The caller has shown that the report is the reader's own.

    Images of what is suspected to be abuse of a child are handed to nobody.

    Raises:
        NothingKept, RateLimited (ten an hour).
    """
    if report.reporter is None or report.case is None or report.case.child_safety:
        raise NothingKept(report.public_id)
    hit("report.copy", str(report.reporter.pk), limit=COPIES_PER_HOUR, seconds=3600)
    files = _files(report, hidden=list_hidden_public_ids(user=report.reporter))
    sealed = _sheet(report).sha256
    manifest = _manifest(report, files, sealed, now)
    with transaction.atomic():
        after = {"manifest": hashlib.sha256(manifest).hexdigest(), "snapshot": sealed}
        ref = report.public_id
        note(action="evidence.copy", by=None, role="reporter", object_kind="report", object_ref=ref, reason="", after=after, now=now)
    return _zip({**files, "manifest.json": manifest})


def _sheet(report: Report) -> Evidence:
    row = Evidence.objects.filter(report=report, kind=SNAPSHOT).first()
    if row is None:
        raise NothingKept(report.public_id)
    return row


def _files(report: Report, *, hidden: Collection[str]) -> dict[str, bytes]:
    try:
        facts = json.loads(unseal_evidence(evidence=_sheet(report)))["facts"]
        content = _seen(facts, hidden)
        files = {"content.json": canonical(content), "README.txt": _readme(report)}
        withdrawn = facts.get("message", {}).get("withdrawn")
        for number, row in enumerate(() if withdrawn else Evidence.objects.filter(report=report, kind=MEDIA).order_by("pk"), 1):
            files[f"image-{number}.{_SUFFIX.get(row.content_type, 'bin')}"] = unseal_evidence(evidence=row)
    except EvidenceDamaged as error:
        raise NothingKept(report.public_id) from error
    return files


def _seen(facts: dict[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    """Of the facts of a snapshot what its reporter saw."""
    seen: dict[str, Any] = {}
    if room := facts.get("room"):
        seen["room"] = {name: room[name] for name in ("public_id", "slug", "title", "description", "rules", "rules_version")}
    if profile := facts.get("profile"):
        seen["profile"] = {name: profile[name] for name in _SEEN_OF_PROFILE}
    if message := facts.get("message"):
        author = (message["author"] or {}).get("id")
        around = [line for line in facts["context"] if (line["author"] or {}).get("id") not in set(hidden) - {author}]
        seen |= {"message": _line(message), "around": [_line(line) for line in around]}
    return seen


def _line(message: dict[str, Any]) -> dict[str, Any]:
    text = message["versions"][-1]["text"] if message["versions"] and not message["withdrawn"] else ""
    return {
        "seq": message["seq"],
        "author": message["author"],
        "at": message["at"],
        "text": text,
        "images": [image["public_id"] for image in message["images"]],
        "withdrawn": bool(message["withdrawn"]),
    }


def _manifest(report: Report, files: dict[str, bytes], sealed: str, now: datetime) -> bytes:
    sheet = {
        "site": settings.ORIGIN,
        "report": report.public_id,
        "reported_at": to_wire(report.created_at),
        "made_at": to_wire(now),
        "snapshot_sha256": sealed,
        "files": [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in sorted(files.items())
        ],
    }
    return json.dumps(sheet, indent=1, ensure_ascii=False).encode()


def _readme(report: Report) -> bytes:
    with override(report.language):
        text = _(
            "Copie du signalement %(ref)s, faite par %(site)s.\n\n"
            "content.json contient ce que vous avez signalé, tel que vous pouviez le voir à cet instant, en temps universel.\n"
            "manifest.json contient l’empreinte SHA-256 de chaque fichier et celle de l’original scellé, que la justice peut nous demander "
            "en citant la référence.\n"
            "Ne publiez pas cette copie : elle contient les mots d’autres personnes."
        )
        return (text % {"ref": report.public_id, "site": settings.SITE_NAME}).encode() + b"\n"


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()
