"""Oneself and the people one hid, over REST."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router
from ninja.responses import Status

from accounts.access import PersonNotFound, get_person_for_member, get_person_to_release
from accounts.decorators import MemberAuth
from accounts.forms.messages import PersonError, explain
from accounts.models import User
from accounts.queries import find_profile, get_age_band, get_person_ref, list_blocked, name_of_region
from accounts.queries.people import PersonRef
from accounts.queries.relations import HiddenPerson
from accounts.schemas import HiddenPersonOut, MeOut, PersonOut, PreferencesIn, Problem, ProfileIn
from accounts.services.preferences import preferences_of, set_preferences
from accounts.services.profiles import WordsRestricted, change_profile, details_of
from accounts.services.relations import NotOneself, block_person, mute_person, unblock_person, unmute_person

router = Router(tags=["accounts"], auth=MemberAuth())

Answer = Status[Any]


@router.get("/me", response={200: MeOut, 404: Problem}, summary="Oneself")
def get_me(request: HttpRequest) -> Answer:
    """The account and profile of the caller."""
    return _me(_member(request))


@router.patch("/me", response={200: MeOut, 403: Problem, 404: Problem, 409: Problem}, summary="Change one's profile")
def patch_me(request: HttpRequest, body: ProfileIn) -> Answer:
    """Fields that are left out stay. The name changes once in 30 days."""
    user = _member(request)
    profile = find_profile(user=user)
    if profile is None:
        return _not_found()
    changes = body.dict(exclude_none=True)
    name = changes.pop("name", profile.pseudonym)
    try:
        change_profile(user=user, pseudonym=name, details=replace(details_of(profile), **changes), place=None, now=timezone.now())
    except PersonError as error:
        field, sentence = explain(error, pseudonym_field="name")
        if isinstance(error, WordsRestricted):
            return Status(403, {"code": "restricted", "message": sentence})
        return Status(409, {"code": f"bad_{field}", "message": sentence})
    return _me(user)


@router.patch("/me/preferences", response={200: MeOut, 404: Problem}, summary="Change one's preferences")
def patch_preferences(request: HttpRequest, body: PreferencesIn) -> Answer:
    """Fields that are left out stay."""
    user = _member(request)
    set_preferences(user=user, preferences=replace(preferences_of(user), **body.dict(exclude_none=True)))
    return _me(user)


@router.get("/blocks", response=list[HiddenPersonOut], summary="Whom one blocked or muted")
def get_blocks(request: HttpRequest) -> list[dict[str, Any]]:
    """By name. Those who blocked the caller are never listed."""
    return [_hidden_out(person) for person in list_blocked(user=_member(request))]


@router.put("/people/{public_id}/block", response={204: None, 404: Problem}, summary="Block")
def put_block(request: HttpRequest, public_id: str) -> Answer:
    """Neither sees the other from now on. Repeating it changes nothing."""
    return _hide(request, public_id, block_person)


@router.delete("/people/{public_id}/block", response={204: None, 404: Problem}, summary="Unblock")
def delete_block(request: HttpRequest, public_id: str) -> Answer:
    """Take one's own block back."""
    return _release(request, public_id, unblock_person)


@router.put("/people/{public_id}/mute", response={204: None, 404: Problem}, summary="Mute")
def put_mute(request: HttpRequest, public_id: str) -> Answer:
    """No longer see what a person writes. Repeating it changes nothing."""
    return _hide(request, public_id, mute_person)


@router.delete("/people/{public_id}/mute", response={204: None, 404: Problem}, summary="Unmute")
def delete_mute(request: HttpRequest, public_id: str) -> Answer:
    """See a person's messages again."""
    return _release(request, public_id, unmute_person)


def _member(request: HttpRequest) -> User:
    """The caller; MemberAuth let nobody else through."""
    return cast(User, request.user)


def _me(user: User) -> Answer:
    profile = find_profile(user=user)
    if profile is None:
        return _not_found()
    user = profile.user  # the one of the session holds the profile as it was before the change
    band = get_age_band(user=user, now=timezone.now())
    body = {
        **_person_out(get_person_ref(user=user)),
        "email": user.email,
        "bio": profile.bio,
        "gender": profile.gender,
        "gender_text": profile.gender_text,
        "age_band": band.value if band else None,
        "languages": profile.language_list,
        "region": name_of_region(code=profile.region_code),
        "language": user.language,
        "theme": user.theme,
        "data_saver": user.data_saver,
        "hide_presence": user.hide_presence,
        "enter_sends": user.enter_sends,
        "discreet": user.discreet,
    }
    return Status(200, body)


def _hide(request: HttpRequest, public_id: str, deed: Callable[..., None]) -> Answer:
    user = _member(request)
    try:
        deed(user=user, person=get_person_for_member(user=user, public_id=public_id), now=timezone.now())
    except (PersonNotFound, NotOneself):
        return _not_found()
    return Status(204, None)


def _release(request: HttpRequest, public_id: str, deed: Callable[..., None]) -> Answer:
    user = _member(request)
    try:
        deed(user=user, person=get_person_to_release(user=user, public_id=public_id))
    except PersonNotFound:
        return _not_found()
    return Status(204, None)


def _not_found() -> Answer:
    message = _("Cette personne n’existe pas, ou n’est pas visible pour vous.")
    return Status(404, {"code": "not_found", "message": message})


def _person_out(person: PersonRef) -> dict[str, Any]:
    return PersonOut(id=person.public_id, name=person.name, av=person.av).dict()


def _hidden_out(person: HiddenPerson) -> dict[str, Any]:
    return {"id": person.public_id, "name": person.name, "blocked": person.blocked, "muted": person.muted}
