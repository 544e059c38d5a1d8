"""Which pseudonyms may be worn, and by whom."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Profile, PseudonymHistory, User
from accounts.queries.veiling import veil
from core.lookalikes import fold, scripts_of, skeleton
from core.screening import Actor, Context, Outcome, screen

MIN_LENGTH = 3
MAX_LENGTH = 24
# A freed name is given to nobody else for this long.
FREED_FOR = timedelta(days=365)
_SKELETON_LENGTH = 120
_SEPARATORS = "_-."
# Letters by category that show nothing: the fillers of Hangul, two vowels of Khmer that are never written.
_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5")
_MOST_MARKS = 3  # on one letter; more only serve to blot out what stands around
_EDGES = re.compile(r"[_.\-]{2}")
_TAIL = re.compile(r"[\d_.\-]+\Z")

_RESERVED_WORDS = [
    "aide",
    "help",
    "support",
    "equipe",
    "team",
    "staff",
    "modo",
    "mod",
    "mods",
    "police",
    "gendarmerie",
    "policier",
    "mpitandro",
    "polisy",
    "securite",
    "security",
    "system",
    "systeme",
    "root",
    "bot",
    "robot",
    "service",
    "official",
    "officiel",
    "moderateur",
    "moderatrice",
    "moderation",
    "moderator",
    "legal",
    "abuse",
    "contact",
    "everyone",
    "tous",
    "toutes",
    "here",
    "ici",
    "salon",
    "room",
    "channel",
    "anonyme",
    "anonymous",
    "personne",
    "nobody",
    "null",
    "none",
    "undefined",
    "deleted",
    "supprime",
    "postmaster",
    "webmaster",
    "hostmaster",
    "noreply",
    "api",
    "ws",
    "www",
    "mail",
    "mpanara",
    "mpandrindra",
    "fanampiana",
    "demo",
    "moi",
    "me",
    "izaho",
    "vous",
]
_RESERVED_PARTS = ("resaka", "admin", "moderat")
_RESERVED = frozenset(skeleton(word) for word in _RESERVED_WORDS)
_RESERVED_INSIDE = tuple(skeleton(part) for part in _RESERVED_PARTS)


class PseudonymInvalid(ValueError):
    """The name breaks a rule; `code` says which: of form (length, letters, scripts, edges), or of the words in it (words)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PseudonymTaken(ValueError):
    """Worn by somebody, too like a worn or a lately freed one, or reserved; which of these is never told."""


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """A name that may be worn, in its three forms."""

    shown: str
    folded: str
    skeleton: str


def parse_pseudonym(text: str) -> Pseudonym:
    """The name as it will be shown and compared.

    3 to 24 letters of one writing system, digits, and single `_ - .` between them, at least one letter.

    Raises:
        PseudonymInvalid.
    """
    shown = unicodedata.normalize("NFKC", text).strip()
    if not MIN_LENGTH <= len(shown) <= MAX_LENGTH:
        raise PseudonymInvalid("length")
    if not all(_is_allowed(char) for char in shown) or not any(char.isalpha() for char in shown):
        raise PseudonymInvalid("letters")
    if _has_piled_marks(shown):
        raise PseudonymInvalid("letters")
    if len(scripts_of(shown)) > 1:
        raise PseudonymInvalid("scripts")
    if shown[0] in _SEPARATORS or shown[-1] in _SEPARATORS or _EDGES.search(shown) or _is_mark(shown[0]):
        raise PseudonymInvalid("edges")
    bones = skeleton(shown)
    if not bones or len(bones) > _SKELETON_LENGTH:
        raise PseudonymInvalid("letters")
    return Pseudonym(shown=shown, folded=fold(shown), skeleton=bones)


def check_pseudonym(*, text: str, now: datetime, wearer: User | None = None, allow_reserved: bool = False) -> Pseudonym:
    """`parse_pseudonym`, and nobody but `wearer` has or lately had a name that looks like it, and no word of it would be asked about in a
    message: a name stands beside everything its wearer says. Two queries. `allow_reserved` is for the house's own accounts.

    Raises:
        PseudonymInvalid, PseudonymTaken.
    """
    name = parse_pseudonym(text)
    if not allow_reserved and _is_hurtful(name, wearer, now):
        raise PseudonymInvalid("words")
    if (is_reserved(name) and not allow_reserved) or _is_worn(name, wearer) or _was_worn(name, wearer, now):
        raise PseudonymTaken(name.shown)
    return name


def is_reserved(name: Pseudonym) -> bool:
    """Whether a name belongs to the house or to an authority, also with digits behind it."""
    stem = skeleton(_TAIL.sub("", name.shown))
    return stem in _RESERVED or name.skeleton in _RESERVED or any(part in name.skeleton for part in _RESERVED_INSIDE)


def _is_hurtful(name: Pseudonym, wearer: User | None, now: datetime) -> bool:
    actor = Actor(user_id=wearer.pk if wearer else 0, account_age=now - wearer.created_at if wearer else timedelta(0))
    return screen("PSEUDONYM", name.shown, actor, Context()).outcome is not Outcome.ALLOW


def _is_worn(name: Pseudonym, wearer: User | None) -> bool:
    rows = Profile.objects.filter(skeleton=name.skeleton)
    return (rows.exclude(user=wearer) if wearer else rows).exists()


def _was_worn(name: Pseudonym, wearer: User | None, now: datetime) -> bool:
    rows = PseudonymHistory.objects.filter(skeleton__in=[name.skeleton, veil(name.skeleton)], to_at__gt=now - FREED_FOR)
    return (rows.exclude(user=wearer) if wearer else rows).exists()


def _is_allowed(char: str) -> bool:
    if char in _SEPARATORS or char in "0123456789":
        return True
    # Letters and marks of no script of their own (modifier letters, loose accents) only serve to imitate.
    return unicodedata.category(char)[0] in "LM" and char not in _UNSEEN and bool(scripts_of(char))


def _has_piled_marks(text: str) -> bool:
    pile = 0
    for char in text:
        pile = pile + 1 if _is_mark(char) else 0
        if pile > _MOST_MARKS:
            return True
    return False


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"
