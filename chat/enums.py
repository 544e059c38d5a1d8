"""Stable words of the rooms; what is stored and what crosses the wire."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class RoomKind(TextChoices):
    OPEN = "OPEN", _("Salon ouvert")
    GROUP = "GROUP", _("Groupe")


class RoomState(TextChoices):
    ACTIVE = "ACTIVE", _("Ouvert")
    FROZEN = "FROZEN", _("En pause")
    CLOSED = "CLOSED", _("Fermé")


class History(TextChoices):
    ALL = "ALL", _("Tout ce qui est encore visible")
    FROM_JOIN = "FROM_JOIN", _("Depuis l’arrivée de chacun")


class MemberState(TextChoices):
    INVITED = "INVITED", _("Invité")
    JOINED = "JOINED", _("Membre")
    LEFT = "LEFT", _("Parti")
    BANNED = "BANNED", _("Exclu")


class Role(TextChoices):
    OWNER = "OWNER", _("Responsable")
    MODERATOR = "MODERATOR", _("Modération")
    MEMBER = "MEMBER", _("Membre")


class NotifyLevel(TextChoices):
    ALL = "ALL", _("Tous les messages")
    MENTIONS = "MENTIONS", _("Mentions seulement")
    NONE = "NONE", _("Rien")


class EventKind(IntegerChoices):
    """What a row of a room's log is; `wire` is the word of the frames."""

    MESSAGE = 1
    EDIT = 2
    DELETE = 3
    REACT = 4
    PIN = 5
    MEMBER = 6
    ROOM = 7
    HIDE = 8
    RESTORE = 9
    IMAGE = 10  # an image of a message may be seen now, or no longer
    FORGET = 11  # somebody erased their account: nothing that they said is in the log any more

    @property
    def wire(self) -> str:
        return self.name.lower()


class AttachmentState(TextChoices):
    READY = "READY", _("Prêt")
    SENT = "SENT", _("Envoyé")
    HELD = "HELD", _("Retenu")
    DELETED = "DELETED", _("Retiré")
    HIDDEN = "HIDDEN", _("Masqué")


class HeldState(TextChoices):
    """What became of a message that waits for a person. Its author may write it again when it was refused or given back."""

    WAITING = "WAITING", _("En attente d’une relecture")
    RELEASED = "RELEASED", _("Publié")
    REFUSED = "REFUSED", _("Refusé")
    RETURNED = "RETURNED", _("Rendu à son auteur")


class HeldWhy(TextChoices):
    """Why a message waits: a rule of the house, or a tool that the moderation of the room has switched on."""

    RULE = "RULE", _("Une règle automatique demande une relecture")
    SHIELD = "SHIELD", _("Le bouclier du salon est levé")
    FIRST = "FIRST", _("Premiers messages dans ce salon")
    LINK = "LINK", _("Message avec un lien")
    MEDIA = "MEDIA", _("Message avec une photo")


class RoomAct(TextChoices):
    """What the moderation of a room did, as its journal tells its members."""

    SLOW = "SLOW", _("Mode lent changé")
    FREEZE = "FREEZE", _("Salon mis en pause")
    UNFREEZE = "UNFREEZE", _("Salon rouvert")
    MEMBERS_ONLY = "MEMBERS_ONLY", _("Entrées suspendues")
    OPEN_DOOR = "OPEN_DOOR", _("Entrées de nouveau possibles")
    SHIELD = "SHIELD", _("Bouclier levé")
    UNSHIELD = "UNSHIELD", _("Bouclier baissé")
    HOLDS = "HOLDS", _("Relecture avant publication changée")
    PIN_RULES = "PIN_RULES", _("Règles épinglées ou désépinglées")
    BAN = "BAN", _("Personne exclue")
    UNBAN = "UNBAN", _("Exclusion levée")
    KICK = "KICK", _("Personne sortie du salon")
    RELEASE = "RELEASE", _("Message publié après relecture")
    REFUSE = "REFUSE", _("Message refusé après relecture")
    ADD_WORD = "ADD_WORD", _("Mot ajouté à ceux que le salon surveille")
    DROP_WORD = "DROP_WORD", _("Mot retiré de ceux que le salon surveille")


class ImageSight(TextChoices):
    """Who may look at an image whose message they can read."""

    OPEN = "OPEN", _("Visible")
    CHECKING = "CHECKING", _("En cours de vérification")  # its owner alone, until it was checked
    HELD = "HELD", _("Retenue")  # nobody in the room, until a person of the team has looked
    SEALED = "SEALED", _("Sous scellés")  # its files are no longer here


class BoostSpan(TextChoices):
    """How long a room stands in the paid place of the directory."""

    DAY = "DAY", _("24 heures")
    WEEK = "WEEK", _("7 jours")

    @property
    def lasts(self) -> timedelta:
        """The time that is paid."""
        return timedelta(days=7 if self is BoostSpan.WEEK else 1)


class ProposalState(TextChoices):
    PENDING = "PENDING", _("À l’étude")
    ACCEPTED = "ACCEPTED", _("Acceptée")
    REFUSED = "REFUSED", _("Refusée")


# A small, kind set; the folded hands say thanks (feature 196).
REACTIONS = ("👍", "❤️", "😂", "😮", "😢", "🙏")
LANGUAGES = ("fr", "mg", "en")
