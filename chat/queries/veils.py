"""What may be read of a room before its check: people write titles, and some rooms ask for a proof of age at each visit.

Of such a room nobody reads a word that people wrote (title, description, rules, and the short address, which comes of the title) before
they have shown their age in this visit: what is sexual must stand behind the check, not on its door (ARCOM, deliberation 2024-20). Guests,
and people in whose jurisdiction these rooms are shut, do not find them in the directory at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgeGate
from accounts.models import User
from accounts.queries import asks_for_visit, is_age_sufficient, is_open_in

TITLE = _("Salon avec preuve d’âge à chaque visite")
DESCRIPTION = _("Son nom et sa présentation se lisent après cette preuve.")
VISITED = frozenset(gate for gate in AgeGate if asks_for_visit(gate))


@dataclass(slots=True)
class Reader:
    """Who looks at rooms (`user` None: a guest), in which visit. Nothing is read before a room asks for a proof; then it is one query,
    however many rooms ask."""

    user: User | None
    session: SessionBase | None
    now: datetime
    _passed: dict[str, bool] = field(default_factory=dict)

    def is_shut_out(self, gate: str) -> bool:
        """Whether no proof of theirs could open this gate: they need not know of its rooms."""
        return self.user is None or not is_open_in(gate, self.user.jurisdiction)

    def is_veiled(self, gate: str) -> bool:
        """Whether the words of a room of this gate wait for a proof of this visit."""
        if gate not in VISITED:
            return False
        if gate not in self._passed:
            self._passed[gate] = is_age_sufficient(user=self.user, session=self.session, gate=gate, now=self.now)
        return not self._passed[gate]

    def gates_to_leave_out(self, *, searching: bool) -> list[str]:
        """Gates whose rooms this reader's directory does not have. A search goes by the words, so it finds no room whose words wait."""
        return [gate for gate in VISITED if self.is_shut_out(gate) or (searching and self.is_veiled(gate))]
