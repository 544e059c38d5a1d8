"""The base of what the rooms refuse: a stable code for programs, words for people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ChatError(Exception):
    """A refusal by a rule of the room. `code` crosses the wire, `words` are shown, `retry` is seconds to wait if waiting helps.

    `explains`: the words are made for this one refusal, so they cross the wire too."""

    code: str = "refused"
    words: Any = ""
    explains = False

    def __init__(self, *, retry: float | None = None) -> None:
        super().__init__(self.code)
        self.retry = retry


class PostingRestricted(ChatError):
    """A measure against the account lets it read and take back, and write nothing."""

    code, words = "restricted", _("Une décision de l’équipe suspend votre droit d’écrire. Vous pouvez lire. Le détail est dans « Moi ».")


class ProcessingRestricted(ChatError):
    """They have the processing of their data restricted: what they would write is data too."""

    code, words = (
        "processing_restricted",
        _("Vous avez demandé de limiter l’usage de vos données. Pour écrire, levez la limitation dans « Mes données »."),
    )


class AgreementRequired(ChatError):
    """A text has a new version that must be accepted before writing."""

    code, words = "agreement_required", _("Les règles ont changé. Rechargez la page pour les lire et les accepter.")


def check_may_post(user: User) -> None:
    """Everything that others will read passes here: messages by the writer's own look, the rest by this.

    Raises:
        PostingRestricted, ProcessingRestricted.
    """
    if user.silenced:
        raise PostingRestricted
    if user.restricted_at is not None:
        raise ProcessingRestricted
