"""What a person may take with them of reports, decisions and appeals (`core.exporting`). Never what others reported, and no evidence while
the case is open: whoever is looked into would learn who spoke, and of what."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.exporting import TEXT, WHOLE, Asked, ExportFile, Row, list_of, maybe, shape
from core.exporttables import table
from moderation.enums import Action
from moderation.models import Appeal, Decision, Report, StaffProfile
from moderation.services.ownwords import open_own_content

_DSA = "GDPR 6(1)(c); DSA 16, 17, 20"


def _with_content(asked: Asked, rows: list[Row]) -> list[Row]:
    """What each decision was about, of the person's own words, once its case is closed."""
    user = User.objects.get(pk=asked.user_id)
    refs = [row["public_id"] for row in rows]
    found = {one.public_id: one for one in Decision.objects.select_related("case").filter(public_id__in=refs)}
    return [row | {"content": _content(found[row["public_id"]], user)} for row in rows if row["public_id"] in found]


def _content(decision: Decision, user: User) -> Row | None:
    own = None if decision.case.is_open else open_own_content(decision=decision, user=user)
    return {"texts": list(own.texts), "images": own.images} if own else None


FILES: tuple[ExportFile, ...] = (
    table(
        "reports_made",
        title=_("Signalements que vous avez faits"),
        code="REPORT",
        basis=_DSA,
        clock="case__decided_at",
        article=15,
        model=Report,
        rows=lambda asked: Report.objects.filter(reporter_id=asked.user_id),
        columns=(
            *("public_id", "source", "target_kind", "reason", "explanation", "law_alleged", "bona_fide", "danger_now"),
            *("considers_illegal", "language", "state", "created_at", "outcome_at"),
        ),
    ),
    table(
        "statements_received",
        title=_("Décisions qui vous concernent"),
        code="DECISION",
        basis=_DSA,
        clock="case__decided_at",
        article=15,
        model=Decision,
        rows=lambda asked: Decision.objects.filter(subject_id=asked.user_id).exclude(action=Action.NO_ACTION),
        columns=(
            *("public_id", "action", "reason", "ground", "ground_ref", "explanation", "facts", "automated_detection"),
            *("automated_decision", "territory", "starts_at", "ends_at", "reversed_at", "ended_at"),
        ),
        adds={"content": maybe(shape({"texts": list_of(TEXT), "images": WHOLE}))},
        finish=_with_content,
    ),
    table(
        "appeals",
        code="DECISION",
        basis=_DSA,
        article=15,
        model=Appeal,
        rows=lambda asked: Appeal.objects.filter(appellant_id=asked.user_id),
        columns=("public_id", "side", "text", "language", "state", "answer", "created_at", "due_at", "decided_at"),
    ),
    table(
        "team",
        title=_("Votre place dans l’équipe"),
        code="ACCOUNT_OTHER",
        basis="GDPR 6(1)(b)",
        article=15,
        model=StaffProfile,
        rows=lambda asked: StaffProfile.objects.filter(user_id=asked.user_id),
        columns=("handle", "roles", "active", "greyscale", "shortcuts", "daily_images", "reasons_not_taken", "created_at", "ends_at"),
    ),
)
