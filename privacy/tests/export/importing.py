"""An importer as another house might have one: out of what an archive says, and of nothing else, it makes the person and all they did.

It knows what is in the published schemas, and the services and tables of this house. Ids are given anew. Of others it makes people of
those pseudonyms, and lines that they are said to have written.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import Block, Consent, Mute, Profile, PseudonymHistory, User
from accounts.services.places import seal_postal_code
from accounts.tests.factories import make_user
from billing.queries.taxpayers import Details
from billing.services.taxpayers import save_details
from chat.enums import EventKind, HeldWhy
from chat.services import held as waiting
from chat.services import log
from chat.services.memberships import tell_members
from chat.tests.factories import make_group, make_room, make_theme
from privacy.export.reading import Archive

Attachment, HeldMessage, Membership, MessageMeta, Proposal = (
    apps.get_model("chat", name) for name in ("Attachment", "HeldMessage", "Membership", "MessageMeta", "RoomProposal")
)
NotificationSettings, Preference = (apps.get_model("notifications", name) for name in ("NotificationSettings", "Preference"))


def at(moment: str | None) -> datetime | None:
    return datetime.fromisoformat(moment) if moment else None


def sure(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


class Importer:
    """Makes one person out of an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._others: dict[str, User] = {}
        self._rooms: dict[str, Any] = {}
        self._numbers: dict[tuple[str, int], int] = {}
        self._images: dict[str, Any] = {}

    def bring_in(self) -> User:
        """The person, with all that the files of article 20 tell."""
        self.user = self._account()
        self._profile()
        for deed in (self._consents, self._relations, self._notices, self._billing, self._places, self._files, self._messages):
            deed()
        self._held()
        self._proposals()
        return self.user

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        return self._archive.rows(name)

    def _other(self, pseudonym: str) -> User:
        if pseudonym not in self._others:
            self._others[pseudonym] = make_user(pseudonym)
        return self._others[pseudonym]

    # ---- Who they are ----------------------------------------------------------------------------------------------------------
    def _account(self) -> User:
        [row], [profile] = self._rows("account"), self._rows("profile")
        user = make_user(
            profile["pseudonym"],
            email=row["email"],
            birth_year=profile["birth_year"],
            country=profile["country"],
            language=row["language"],
            now=sure(row["created_at"]),
        )
        kept = (
            *("status", "jurisdiction", "is_staff", "is_superuser", "barred", "silenced", "theme", "accent", "data_saver"),
            *("hide_presence", "enter_sends", "discreet", "tips_hidden"),
        )
        moments = {name: at(row[name]) for name in ("closes_at", "closed_at", "restricted_at", "last_login")}
        day = row["last_active_date"] and date.fromisoformat(row["last_active_date"])
        User.objects.filter(pk=user.pk).update(**{name: row[name] for name in kept}, **moments, last_active_date=day)
        user.refresh_from_db()
        return user

    def _profile(self) -> None:
        [row] = self._rows("profile")
        found = Profile.objects.select_related("user").get(pk=self.user.pk)
        for name, value in row.items():
            if name != "postal_code":
                setattr(found, name, at(value) if name.endswith("_at") else value)
        found.postal_code = seal_postal_code(profile=found, postal_code=row["postal_code"])
        found.save()
        PseudonymHistory.objects.filter(user=self.user).delete()
        for worn in self._rows("pseudonyms"):
            skeleton = found.skeleton
            times = {"from_at": sure(worn["from_at"]), "to_at": at(worn["to_at"])}
            PseudonymHistory.objects.create(user=self.user, pseudonym=worn["pseudonym"], skeleton=skeleton, **times)

    def _consents(self) -> None:
        Consent.objects.filter(user=self.user).delete()
        for row in self._rows("consents"):
            Consent.objects.create(user=self.user, **row | {"given_at": sure(row["given_at"]), "withdrawn_at": at(row["withdrawn_at"])})

    def _relations(self) -> None:
        for row in self._rows("blocks"):
            Block.objects.create(blocker=self.user, blocked=self._other(row["pseudonym"]), created_at=sure(row["created_at"]))
        for row in self._rows("mutes"):
            Mute.objects.create(muter=self.user, muted=self._other(row["pseudonym"]), created_at=sure(row["created_at"]))

    def _notices(self) -> None:
        for row in self._rows("notification_choices"):
            Preference.objects.create(user=self.user, **row)
        for row in self._rows("notification_settings"):
            clock = {name: row[name] and time.fromisoformat(row[name]) for name in ("quiet_from", "quiet_to")}
            moments = {name: at(row[name]) for name in ("digest_at", "digested_at")}
            NotificationSettings.objects.create(user=self.user, **row | clock | moments)

    def _billing(self) -> None:
        for row in self._rows("billing_details"):
            names = ("name", "street", "postal_code", "town", "country", "is_business", "vat_number", "registration")
            save_details(user=self.user, details=Details(**{name: row[name] for name in names}), now=sure(row["updated_at"]))

    # ---- Where they were -------------------------------------------------------------------------------------------------------
    def _places(self) -> None:
        for row in self._rows("rooms"):
            room = self._room(row)
            times = {name: at(row[name]) for name in ("joined_at", "last_sent_at", "held_at", "hushed_until", "muted_until", "ban_until")}
            plain = {
                name: row[name] for name in ("state", "role", "sent_n", "notify_level", "ban_reason", "read_n", "read_seq", "joined_seq")
            }
            Membership.objects.update_or_create(room=room, user=self.user, defaults=times | plain)

    def _room(self, row: dict[str, Any]) -> Any:
        if row["room_kind"] == "GROUP":
            owner = self.user if row["role"] == "OWNER" else self._other("Autre")
            found = make_group(owner, row["room_title"])
        else:
            found = make_room(slug=f"salon-{row['room']}", title=row["room_title"])
        self._rooms[row["room"]] = found
        return found

    def _files(self) -> None:
        for row in self._rows("files"):
            name = ""
            if row["path"]:
                name = default_storage.save(f"images/{uuid.uuid4().hex}.webp", ContentFile(self._archive.read(row["path"])))
            same = ("kind", "state", "size", "width", "height", "sight")
            times = {key: at(row[key]) for key in ("created_at", "checked_at", "expires_at")}
            values = {key: row[key] for key in same} | times
            made = Attachment.objects.create(
                owner=self.user, room_id=self._rooms[row["room"]].pk, file_name=name, thumb_name=name, **values
            )
            self._images[row["public_id"]] = made

    # ---- What they said --------------------------------------------------------------------------------------------------------
    def _messages(self) -> None:
        events = [(row, self._say) for row in self._rows("messages")] + [(row, self._react) for row in self._rows("reactions")]
        events += [(row, self._act) for row in self._rows("room_acts")]
        for row, deed in sorted(events, key=lambda pair: (pair[0]["room"], pair[0]["number"])):
            with transaction.atomic():
                room = log.lock_room(self._rooms[row["room"]].pk)
                room.visible_hours = 168
                deed(room, row)

    def _say(self, room: Any, row: dict[str, Any]) -> None:
        texts = [*((one["at"], one["text"]) for one in row["before"]), (row["at"], row["text"])]
        payload: dict[str, Any] = {"cid": row["client_id"], "body": texts[0][1]}
        if row["written_at"]:
            payload["written"] = row["written_at"]
        if row["reply_to"]:
            payload["reply"] = self._quoted(room, row)
        if row["images"]:
            kept = [self._images[one] for one in row["images"]]
            payload["att"] = [{"id": one.public_id, "w": one.width, "h": one.height, "size": one.size} for one in kept]
        if row["mentions"]:
            payload["men"] = [[self._other(name).public_id, name] for name in row["mentions"]]
        event = log.append_event(room=room, kind=EventKind.MESSAGE, actor=self.user, payload=payload, now=sure(row["at"]))
        self._numbers[row["room"], row["number"]] = event.seq
        MessageMeta.objects.create(
            room_id=room.pk, seq=event.seq, author_id=self.user.pk, client_id=uuid.UUID(row["client_id"]), at=sure(row["at"])
        )
        for one in row["images"]:
            Attachment.objects.filter(pk=self._images[one].pk).update(seq=event.seq)
        for _moment, text in texts[1:]:
            said = {"body": text} | ({"men": payload["men"]} if row["mentions"] else {})
            log.append_event(room=room, kind=EventKind.EDIT, actor=self.user, payload=said, now=sure(row["at"]), target=event)

    def _quoted(self, room: Any, row: dict[str, Any]) -> int:
        told = row["reply_to"]
        known = self._numbers.get((row["room"], told["number"]))
        if known is not None:
            return known
        author = self._other(told["pseudonym"] or "Autre")
        payload = {"cid": str(uuid.uuid4()), "body": told["line"]}
        seq = log.append_event(room=room, kind=EventKind.MESSAGE, actor=author, payload=payload, now=sure(row["at"])).seq
        self._numbers[row["room"], told["number"]] = seq
        return seq

    def _target(self, room: Any, row: dict[str, Any]) -> Any:
        """The message that something was done to; one of somebody else, of which nothing is known, is made up."""
        key = (row["room"], row["to_number"])
        if key not in self._numbers:
            payload = {"cid": str(uuid.uuid4()), "body": "…"}
            author = self._other("Autre")
            self._numbers[key] = log.append_event(room=room, kind=EventKind.MESSAGE, actor=author, payload=payload, now=sure(row["at"])).seq
        return apps.get_model("chat", "RoomEvent").objects.get(room_id=room.pk, seq=self._numbers[key])

    def _react(self, room: Any, row: dict[str, Any]) -> None:
        payload = {"emoji": row["emoji"], "on": row["on"]}
        target = self._target(room, row)
        log.append_event(room=room, kind=EventKind.REACT, actor=self.user, payload=payload, now=sure(row["at"]), target=target)

    def _act(self, room: Any, row: dict[str, Any]) -> None:
        now = sure(row["at"])
        if row["kind"] == "MEMBER":
            who = self.user if row["pseudonym"] == self.user.profile.pseudonym else self._other(row["pseudonym"])
            tell_members(room=room, actor=self.user, who=who, act=row["act"], now=now)
        elif row["kind"] == "PIN":
            payload = {"on": row["on"]}
            target = self._target(room, row)
            log.append_event(room=room, kind=EventKind.PIN, actor=self.user, payload=payload, now=now, target=target)
        else:
            log.append_event(room=room, kind=EventKind.ROOM, actor=self.user, payload={"fields": row["fields"]}, now=now)

    def _held(self) -> None:
        for row in self._rows("held_messages"):
            room = self._rooms[row["room"]]
            said: dict[str, Any] = {
                "payload": {"cid": row["client_id"], "body": row["text"]},
                "why": HeldWhy(row["why"]),
                "now": sure(row["at"]),
            }
            with transaction.atomic():
                made = waiting.keep(room_id=room.pk, author_id=self.user.pk, client_id=uuid.UUID(row["client_id"]), **said)
            times = {"expires_at": sure(row["expires_at"]), "decided_at": at(row["decided_at"])}
            HeldMessage.objects.filter(pk=made.pk).update(state=row["state"], reason=row["reason"], **times)

    def _proposals(self) -> None:
        for row in self._rows("room_proposals"):
            plain = {name: row[name] for name in ("language", "title", "description", "rules", "state", "reason")}
            times = {"created_at": sure(row["created_at"]), "decided_at": at(row["decided_at"])}
            Proposal.objects.create(proposer=self.user, theme=make_theme(row["theme"]), **plain, **times)
