"""What the versions of rules found, and what people made of the texts that they held. What is wrong too often is put back on trial."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Q

from core.screening import Hit
from moderation.enums import RuleKind, RuleOutcome, RuleState, ScreenedFate
from moderation.models import RuleHit, RuleVersion
from moderation.services.rules import WrongState, fall_back

JUDGED_OVER = timedelta(days=7)
MOST_RELEASED = 0.30
FEWEST_SETTLED = 10  # with fewer, one kind moderator would be a third of the team


def record_hits(*, room_id: int | None, ref: str, held: bool, hits: Iterable[Hit], now: datetime) -> int:
    """Write down where versions of rules found something in a message (`ref`: its number, or the identifier of a held one).

    Told twice, it is written once. Hits of versions that are gone are left out. The number of rows given to the database.
    """
    wanted = list(hits)
    found = RuleVersion.objects.filter(rule_id__in={hit.rule_id for hit in wanted}).values_list("rule_id", "number", "pk")
    keys = {(rule_id, number): pk for rule_id, number, pk in found}
    rows = [
        RuleHit(
            version_id=keys[hit.rule_id, hit.version],
            room_id=room_id,
            ref=ref,
            start=hit.start,
            end=hit.end,
            shadow=hit.shadow,
            held=held and not hit.shadow,
            at=now,
        )
        for hit in wanted
        if (hit.rule_id, hit.version) in keys
    ]
    RuleHit.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def settle_hits(*, room_id: int, ref: str, fate: ScreenedFate) -> int:
    """Note what people decided about a held message; the number of hits that held it."""
    return RuleHit.objects.filter(room_id=room_id, ref=ref, held=True).update(fate=fate)


def put_noisy_rules_on_trial(*, now: datetime) -> list[str]:
    """Put back on trial whatever version in force held texts of which people released more than 30 % in the last seven days.

    A text counts once for a version, however often it is hit. Versions with fewer than ten texts decided on are left alone.
    """
    fallen = []
    for version, released, settled in _counts(now):
        if released > MOST_RELEASED * settled:
            try:
                fall_back(version=version, reason=f"{released} of {settled} held texts released in 7 days", now=now)
            except WrongState:  # somebody was quicker
                continue
            fallen.append(str(version))
    return fallen


def _counts(now: datetime) -> list[tuple[RuleVersion, int, int]]:
    recent = Q(hits__held=True, hits__at__gt=now - JUDGED_OVER)
    # what only asks or counts may have been found in a text that something else held
    holding = Q(outcome=RuleOutcome.HOLD) | Q(rule__kind=RuleKind.BEHAVIOUR)
    active = RuleVersion.objects.filter(holding, state=RuleState.ACTIVE).select_related("rule")
    counted = active.annotate(
        released=Count("hits__ref", distinct=True, filter=recent & Q(hits__fate=ScreenedFate.RELEASED)),
        settled=Count("hits__ref", distinct=True, filter=recent & ~Q(hits__fate="")),
    )
    return [(one, one.released, one.settled) for one in counted if one.settled >= FEWEST_SETTLED]
