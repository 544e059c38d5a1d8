"""Why a report is not taken, in words for whoever made it."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from moderation.services.reports import ExplanationTooLong, ReportingSuspended, ReportsTooFast, SelfReport
from moderation.targets import TargetGone, TargetNotFound

REFUSED = (TargetNotFound, TargetGone, SelfReport, ReportingSuspended, ReportsTooFast, ExplanationTooLong)


def words_for(error: Exception) -> str:
    """One of `REFUSED` in the reader's language."""
    match error:
        case SelfReport():
            return _("C’est à vous : vous pouvez le modifier ou le retirer vous-même.")
        case ReportingSuspended(until=None):
            return _("Votre droit de signaler est suspendu par une décision. En cas de danger, appelez.")
        case ReportingSuspended(until=datetime() as until):
            text = _("Votre droit de signaler est suspendu jusqu’au %(day)s. En cas de danger, appelez.")
            return text % {"day": date_format(until, "j F Y, H:i")}
        case ReportsTooFast(retry=retry):
            return wait_words(retry)
        case ExplanationTooLong():
            return _("4 000 caractères au plus.")
        case TargetGone():
            return _("Ce contenu a déjà disparu, ou l’équipe l’a déjà retiré : il n’y a plus rien à garder.")
    return _("Nous ne trouvons rien à cet endroit.")


def wait_words(seconds: float) -> str:
    """When it may be tried again. Help does not wait."""
    minutes = max(1, ceil(seconds / 60))
    text = ngettext(
        "Trop de signalements à la suite. Réessayez dans %(n)d minute. En cas de danger, appelez.",
        "Trop de signalements à la suite. Réessayez dans %(n)d minutes. En cas de danger, appelez.",
        minutes,
    )
    return text % {"n": minutes}
