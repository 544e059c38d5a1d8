"""Advice when it matters: seen once it matters, put away for good, never in the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.enums import Tip
from accounts.models import User
from accounts.queries.tips import TIPS, list_tips
from accounts.services.tips import NoSuchTip, hide_tip, show_tips_again

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
ALL = tuple(Tip)


def seen(user: User) -> list[Tip]:
    user.refresh_from_db()
    return [advice.tip for advice in list_tips(user=user, among=ALL)]


def test_every_moment_has_its_words_and_every_text_its_moment() -> None:
    assert [advice.tip for advice in TIPS] == list(Tip)
    assert all(str(advice.title) and str(advice.text) for advice in TIPS)


def test_what_is_put_away_stays_away_and_the_rest_stays(amina: User, ben: User) -> None:
    hide_tip(user=amina, tip="LINK")
    hide_tip(user=amina, tip="PHOTO")
    hide_tip(user=amina, tip="LINK")
    assert amina.tips_hidden == "LINK,PHOTO"
    assert seen(amina) == [Tip.FIRST_PROFILE, Tip.FIRST_POST, Tip.PHONE, Tip.ADDRESS]
    assert seen(ben) == list(ALL)
    show_tips_again(user=amina)
    assert seen(amina) == list(ALL)


def test_two_devices_put_away_two_tips_and_neither_is_lost(amina: User) -> None:
    other = User.objects.get(pk=amina.pk)
    hide_tip(user=amina, tip="LINK")
    hide_tip(user=other, tip="PHONE")
    assert set(seen(amina)) == set(ALL) - {Tip.LINK, Tip.PHONE}


@pytest.mark.parametrize("name", ["", "link", "NOPE", "LINK,PHONE", "'--"])
def test_names_that_do_not_exist_put_nothing_away(amina: User, name: str) -> None:
    with pytest.raises(NoSuchTip):
        hide_tip(user=amina, tip=name)
    assert seen(amina) == list(ALL)


def test_all_tips_put_away_fit_in_their_field(amina: User) -> None:
    for tip in Tip:
        hide_tip(user=amina, tip=tip)
    assert seen(amina) == []
    assert len(amina.tips_hidden) <= 120


def test_the_first_profile_of_another_brings_its_advice_until_it_is_put_away(amina: User, ben: User, as_: LogIn) -> None:
    browser = as_(amina)
    assert 'data-tip="FIRST_PROFILE"' in browser.get(f"/people/{ben.public_id}/").content.decode()
    assert "data-tip" not in browser.get(f"/people/{amina.public_id}/").content.decode()
    back = browser.post("/account/tips/first_profile/hide/", {"next": f"/people/{ben.public_id}/"})
    assert back["Location"] == f"/people/{ben.public_id}/"
    assert "data-tip" not in browser.get(f"/people/{ben.public_id}/").content.decode()
    browser.post("/account/tips/show/")
    assert 'data-tip="FIRST_PROFILE"' in browser.get(f"/people/{ben.public_id}/").content.decode()


def test_the_buttons_are_for_members_and_their_own_tips(amina: User, ben: User, as_: LogIn) -> None:
    assert as_(None).post("/account/tips/link/hide/")["Location"].startswith("/login/")
    assert as_(amina).get("/account/tips/link/hide/").status_code == 405
    assert as_(amina).post("/account/tips/nope/hide/").status_code == 404
    assert as_(amina).post("/account/tips/link/hide/", headers={"Accept": "application/json"}).status_code == 204
    assert as_(amina).post("/account/tips/phone/hide/", {"next": "https://evil.example/"})["Location"] == "/rooms/"
    assert (seen(ben), Tip.LINK in seen(amina)) == (list(ALL), False)


# ---- Discreet mode ------------------------------------------------------------------------------------------------------------


def test_the_tab_of_a_discreet_person_says_the_name_of_the_site_alone(amina: User, ben: User, as_: LogIn) -> None:
    browser = as_(amina)
    paths = ("/account/", "/account/preferences/", f"/people/{ben.public_id}/", "/rooms/", "/safety/", "/help/", "/rules/")
    assert "<title>Ben · Resaka</title>" in browser.get(f"/people/{ben.public_id}/").content.decode()
    browser.post("/account/preferences/", {"language": "fr", "discreet": "on"})
    for path in paths:
        page = browser.get(path, follow=True).content.decode()
        assert "<title>Resaka</title>" in page, path
        assert page.count('rel="icon"') == 1, path  # the usual one: this is no disguise
    assert "discreet" in browser.get("/account/").content.decode().split("<body", 1)[1][:80]


def test_discreet_is_off_until_it_is_chosen_and_follows_the_account(amina: User, as_: LogIn) -> None:
    assert as_(amina).get("/api/v1/me").json()["discreet"] is False
    changed = as_(amina).patch("/api/v1/me/preferences", {"discreet": True}, content_type="application/json")
    assert changed.json()["discreet"] is True
    assert "<title>Resaka</title>" in as_(amina).get("/account/").content.decode()


def test_guests_have_no_discreet_mode(as_: LogIn) -> None:
    assert 'name="discreet"' not in as_(None).get("/account/preferences/").content.decode()
