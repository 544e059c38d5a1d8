"""The order of the queue, learned from what people of the house decided. It decides and holds nothing, and is off until it is good enough.

`manage.py train_ranker` learns from the cases of the last year. What is not better than chance by a margin is stored and not used.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import transaction

from moderation.models import QueueRanker
from moderation.screening.ranking import SIZE, Ranker, cross_validate, train
from moderation.services.decided import UNREADABLE, read_decided, texts_of_facts
from moderation.services.noting import note

PAST = timedelta(days=365)
MOST_CASES = 20_000
FEWEST = 100  # texts of each answer
GOOD_ENOUGH = 0.6


class TooLittleToLearn(Exception):
    """Fewer than 100 texts with a measure, or fewer than 100 without; the counts say how many there are."""

    def __init__(self, acted: int, cleared: int) -> None:
        super().__init__(acted, cleared)
        self.acted, self.cleared = acted, cleared


def train_ranker(*, now: datetime) -> QueueRanker:
    """Learn the order anew and store it, with how good it is on cases it did not learn from. Minutes of work: run by the operator.

    Raises:
        TooLittleToLearn.
    """
    found = [one for one in read_decided(since=now - PAST, most=MOST_CASES) if one is not UNREADABLE]
    texts, acted = [one.text for one in found], [one.acted for one in found]
    if min(sum(acted), len(acted) - sum(acted)) < FEWEST:
        raise TooLittleToLearn(sum(acted), len(acted) - sum(acted))
    auc, ranker = cross_validate(texts, acted, [one.case_id for one in found]), train(texts, acted)
    with transaction.atomic():
        row = QueueRanker.objects.create(
            weights=ranker.weights.tobytes(),
            scale=ranker.scale,
            bias=ranker.bias,
            texts=len(texts),
            acted=sum(acted),
            auc=auc,
            trained_at=now,
        )
        counts = {"texts": len(texts), "acted": sum(acted), "auc": round(auc, 4)}
        note(
            action="ranker.train",
            by=None,
            object_kind="ranker",
            object_ref=str(row.pk),
            reason="manage.py train_ranker",
            after=counts,
            now=now,
        )
    return row


def rank_facts(facts: dict[str, Any], *, of_room: bool) -> float:
    """How likely people will act on what was reported, 0 to 1; 0 while nothing good enough was learned. One query, two the first time."""
    ranker = find_ranker()
    if ranker is None:
        return 0.0
    return max((ranker.rank(text) for _kind, text, _where in texts_of_facts(facts, of_room=of_room)), default=0.0)


def find_ranker() -> Ranker | None:
    """The newest ranker, if it is good enough: a bad new one also ends the use of a good old one, for the house has changed."""
    newest = QueueRanker.objects.order_by("-pk").values_list("pk", "auc").first()
    return _load(newest[0]) if newest and newest[1] >= GOOD_ENOUGH else None


@lru_cache(maxsize=2)
def _load(pk: int) -> Ranker:
    row = QueueRanker.objects.get(pk=pk)
    weights = np.frombuffer(bytes(row.weights), dtype=np.int8)
    assert weights.size == SIZE, "stored by this release"
    return Ranker(weights, row.scale, row.bias)
