"""Rules as the team looks at them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from moderation.enums import RuleState, ScreenedFate
from moderation.models import Rule, RuleHit, RuleVersion

_MOST = 200


def list_rules() -> list[Rule]:
    """All rules of the house by topic and key, each with `live`: its versions in force or on trial. Those of rooms are not among them."""
    live = RuleVersion.objects.filter(state__in=[RuleState.ACTIVE, RuleState.SHADOW]).order_by("number")
    rules = Rule.objects.filter(room_id=None).prefetch_related(Prefetch("versions", live, to_attr="live"))
    return list(rules.order_by("topic", "key")[:_MOST])


def find_rule(*, key: str) -> Rule | None:
    """A rule by its stable name."""
    return Rule.objects.filter(key=key).first()


def find_version(*, public_id: str) -> RuleVersion | None:
    """One version of a rule, with its rule and who wrote it."""
    return RuleVersion.objects.select_related("rule", "made_by").filter(public_id=public_id).first()


def list_versions(*, rule: Rule) -> QuerySet[RuleVersion]:
    """The versions of a rule, the newest first, each with `hit_count` and the held texts that people decided on."""
    released = Count("hits", filter=Q(hits__fate=ScreenedFate.RELEASED))
    refused = Count("hits", filter=Q(hits__fate=ScreenedFate.REFUSED))
    counted = rule.versions.select_related("made_by").annotate(hit_count=Count("hits"), released=released, refused=refused)
    return counted.order_by("-number")[:_MOST]


def count_hits(*, now: datetime, days: int = 7) -> list[dict[str, Any]]:
    """Hits of the last days by rule: `key`, `title`, `hits`, `held`, `released`; the busiest first, 200 at most."""
    recent = RuleHit.objects.filter(at__gt=now - timedelta(days=days))
    counted = recent.values("version__rule__key", "version__rule__title").annotate(
        hits=Count("pk"), held=Count("pk", filter=Q(held=True)), released=Count("pk", filter=Q(fate=ScreenedFate.RELEASED))
    )
    return [
        {"key": row["version__rule__key"], "title": row["version__rule__title"]}
        | {name: row[name] for name in ("hits", "held", "released")}
        for row in counted.order_by("-hits")[:_MOST]
    ]
