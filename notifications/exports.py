"""What a person may take with them of what they were told (`core.exporting`)."""

from __future__ import annotations

from collections import defaultdict

from core.clock import to_wire_exact
from core.exporting import MOMENT, TEXT, WHOLE, Asked, ExportFile, Row, list_of, maybe, shape
from core.exporttables import table
from notifications.models import Delivery, Notification, NotificationSettings, Preference, PushSubscription


def _with_roads(_asked: Asked, rows: list[Row]) -> list[Row]:
    """By which roads each notice went, and how far."""
    roads: dict[str, list[Row]] = defaultdict(list)
    for one in Delivery.objects.filter(notification__public_id__in=[row["public_id"] for row in rows]).select_related("notification"):
        road = {"transport": one.transport, "state": one.state, "reason": one.reason, "attempt": one.attempt}
        roads[one.notification.public_id].append(road | {"status_code": one.status_code, "created_at": to_wire_exact(one.created_at)})
    return [row | {"deliveries": roads[row["public_id"]]} for row in rows]


FILES: tuple[ExportFile, ...] = (
    table(
        "notifications",
        code="NOTIFICATION",
        basis="GDPR 6(1)(b)",
        clock="created_at",
        article=15,
        model=Notification,
        rows=lambda asked: Notification.objects.filter(user_id=asked.user_id),
        columns=(
            *("public_id", "kind", "subject_app", "subject_kind", "subject_public_id", "args", "path", "count", "created_at", "again_at"),
            *("seen_at", "read_at"),
        ),
        adds={
            "deliveries": list_of(
                shape(
                    {
                        **dict.fromkeys(("transport", "state", "reason"), TEXT),
                        "attempt": WHOLE,
                        "status_code": maybe(WHOLE),
                        "created_at": MOMENT,
                    }
                )
            )
        },
        shows=tuple(f"notifications.Delivery.{name}" for name in ("transport", "state", "reason", "attempt", "status_code", "created_at")),
        finish=_with_roads,
    ),
    table(
        "push",
        code="SESSION",
        basis="GDPR 6(1)(a)",
        article=15,
        model=PushSubscription,
        rows=lambda asked: PushSubscription.objects.filter(user_id=asked.user_id),
        columns=("public_id", "transport", "host", "created_at", "seen_at", "last_ok_at"),
    ),
    table(
        "notification_choices",
        code="PROFILE",
        basis="GDPR 6(1)(b)",
        article=20,
        model=Preference,
        rows=lambda asked: Preference.objects.filter(user_id=asked.user_id),
        columns=("category", "transport", "level"),
    ),
    table(
        "notification_settings",
        code="PROFILE",
        basis="GDPR 6(1)(b)",
        article=20,
        model=NotificationSettings,
        rows=lambda asked: NotificationSettings.objects.filter(user_id=asked.user_id),
        columns=("content", "digest", "digest_hour", "digest_at", "digested_at", "quiet_from", "quiet_to", "quiet_days", "zone"),
    ),
)
