"""What an authority is told of the abuse of a child: references, hours in UTC, identifiers and hashes. No picture, no address, no reporter.

The pictures and who connected stay sealed here; the authority asks for them by a requisition that quotes the references.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from accounts.models import User
from core.clock import to_wire
from moderation.models import Case, Evidence, ImageCheck, SecondApproval, Transmission
from moderation.queries.media import list_snapshots
from moderation.services.evidence import MEDIA, unseal_evidence

FORMAT = "resaka-child-safety-1"
_MOST = 100


def compose_dossier(*, transmission: Transmission, agreed: SecondApproval) -> bytes:
    """The file as indented JSON in UTF-8. Opens the sealed snapshots of the case; the caller has the agreement of two and notes it.

    Raises:
        moderation.services.evidence.EvidenceDamaged.
    """
    case = transmission.case
    sheets = [json.loads(unseal_evidence(evidence=one)) for one in list_snapshots(case=case)]
    found = {
        "format": FORMAT,
        "service": {"name": settings.SITE_NAME, "site": settings.ORIGIN},
        "reference": transmission.public_id,
        "case": case.public_id,
        "hotline": transmission.hotline,
        "made_at": to_wire(transmission.made_at),
        "agreed_by": [one.handle for one in (agreed.asked_by, agreed.approved_by) if one],
        "why": [agreed.reason, agreed.approval_reason],
        "suspicion": case.reason,
        "target": {"kind": case.target_kind, "ref": case.target_ref},
        "account": _account(case.subject, sheets),
        "contents": _once([_content(sheet["facts"]) for sheet in sheets]),
        "connections": _connections(sheets),
        "files": _files(case),
        "image_checks": _checks(case),
        "reports": _reports(case),
    }
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def _account(subject: User | None, sheets: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Whom it is about, as the account showed itself when it was reported."""
    people = [who for sheet in sheets for key in ("author", "owner", "profile") if (who := sheet["facts"].get(key))]
    shown = people[0] if people else {}
    return {
        "id": subject.public_id if subject else shown.get("public_id", ""),
        "pseudonym": shown.get("pseudonym", ""),
        "former_pseudonyms": list(shown.get("former_pseudonyms", ())),
        "joined_at": shown.get("joined_at", ""),
    }


def _content(facts: dict[str, Any]) -> dict[str, Any]:
    """Where it stood, when, and the words beside it."""
    room, message = facts.get("room") or {}, facts.get("message") or {}
    texts = [version["text"] for version in message.get("versions", ())]
    return {
        "room": room.get("public_id", ""),
        "room_title": room.get("title", ""),
        "message": message.get("seq"),
        "url": _address(room.get("slug", ""), message.get("seq")),
        "at": message.get("at") or facts.get("stored_at", ""),
        "text": texts[-1] if texts else "",
        "images": [facts["image"]] if facts.get("image") else [image["public_id"] for image in message.get("images", ())],
    }


def _address(slug: str, seq: int | None) -> str:
    if not slug:
        return ""
    return f"{settings.ORIGIN}/rooms/{slug}/" + (f"?around={seq}#m{seq}" if seq else "")


def _connections(sheets: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """References of connections; what lies behind them is handed over on a requisition alone."""
    rows = [{"ref": sheet["facts"].get("connection_ref", ""), "for_snapshot_of": sheet["taken_at"]} for sheet in sheets]
    return _once([row for row in rows if row["ref"]])


def _files(case: Case) -> list[dict[str, Any]]:
    rows = Evidence.objects.filter(case=case).defer("blob").order_by("pk")[:_MOST]
    return [
        {
            "evidence": row.public_id,
            "kind": "PICTURE" if row.kind == MEDIA else "SNAPSHOT",
            "content_type": row.content_type,
            "bytes": row.size,
            "sha256": row.sha256,
            "taken_at": to_wire(row.taken_at),
        }
        for row in rows
    ]


def _checks(case: Case) -> list[dict[str, Any]]:
    rows = (ImageCheck.objects.filter(case=case) | ImageCheck.objects.filter(target_ref=case.target_ref)).order_by("pk")[:_MOST]
    return [
        {
            "image": row.target_ref,
            "pdq": row.pdq,
            "pdq_quality": row.quality,
            "bank": row.bank,
            "bits_apart": row.distance,
            "checked_at": to_wire(row.checked_at),
        }
        for row in rows
    ]


def _reports(case: Case) -> list[dict[str, Any]]:
    """Of the reports their references: who reported is told to nobody."""
    rows = case.reports.order_by("pk")[:_MOST]
    return [{"reference": row.public_id, "source": row.source, "reason": row.reason, "at": to_wire(row.created_at)} for row in rows]


def _once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for number, row in enumerate(rows) if row not in rows[:number]]
