"""Names: which may be worn, and that nobody can pass for somebody else."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.enums import ConsentChannel
from accounts.forms.messages import pseudonym_sentence
from accounts.models import Consent, Profile, PseudonymHistory, User
from accounts.queries.places import Place
from accounts.services.people import create_confirmed_person
from accounts.services.profiles import change_profile, details_of
from accounts.services.pseudonyms import FREED_FOR, PseudonymInvalid, PseudonymTaken, check_pseudonym, is_reserved, parse_pseudonym
from accounts.services.registration import NewPerson, hold_pseudonym, is_held, register_person
from accounts.tests.factories import NOON, make_user

pytestmark = pytest.mark.django_db


def rename(user: User, name: str, *, later: timedelta = timedelta()) -> Profile:
    own = Profile.objects.get(user=user)
    return change_profile(user=user, pseudonym=name, details=details_of(own), place=None, now=NOON + later)


def newcomer(name: str) -> NewPerson:
    place = Place("FR", "", "")
    return NewPerson(pseudonym=parse_pseudonym(name), email="x@example.org", password=None, birth_year=1990, place=place)


# ---- Form ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Voa", "Zo.ely", "Jean-Noël", "soa_26", "Ñandú", "Иван", "Ελένη", "أمينة", "李小龙", "x" * 24])
def test_names_of_one_writing_system_may_be_worn_as_they_are(name: str) -> None:
    assert parse_pseudonym(name).shown == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "length"),
        ("  ab  ", "length"),
        ("x" * 25, "length"),
        ("\ufdfa" * 3, "length"),  # one character each, and eighteen once taken apart
        ("a b c", "letters"),
        ("123", "letters"),
        ("1_2.3", "letters"),
        ("soa@mail", "letters"),
        ("soa\x00", "letters"),
        ("😀😀😀", "letters"),
        ("٠١٢abc", "letters"),  # digits of another writing system
        ("Аmina", "scripts"),
        ("ΑΒCdef", "scripts"),
        ("_soa", "edges"),
        ("soa.", "edges"),
        ("so--a", "edges"),
        ("so.-a", "edges"),
    ],
)
def test_what_breaks_a_rule_of_form_is_told_which(name: str, code: str) -> None:
    with pytest.raises(PseudonymInvalid) as refusal:
        parse_pseudonym(name)
    assert refusal.value.code == code
    assert pseudonym_sentence(refusal.value)


@pytest.mark.parametrize("invisible", ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u2066", "\u3164", "\u034f"])
@pytest.mark.parametrize("where", ["{}Amina", "Ami{}na", "Amina{}"])
def test_an_invisible_character_never_makes_a_second_amina(amina: User, invisible: str, where: str) -> None:
    with pytest.raises((PseudonymInvalid, PseudonymTaken)):
        check_pseudonym(text=where.format(invisible), now=NOON)
    assert amina.profile.pseudonym == "Amina"


@given(st.text(max_size=30) | st.text(alphabet="aÀéıßﬁŁЖяΩ١9_-.\u0301", min_size=3, max_size=24))
def test_whatever_is_typed_gives_a_name_of_form_or_a_named_refusal(text: str) -> None:
    name, code = None, ""
    try:
        name = parse_pseudonym(text)
    except PseudonymInvalid as refusal:
        code = refusal.code
    assert (name is None) == (code in {"length", "letters", "scripts", "edges"})
    if name is not None:
        assert 3 <= len(name.shown) <= 24
        assert len(name.skeleton) <= (Profile._meta.get_field("skeleton").max_length or 0)
        assert len(name.folded) <= (User._meta.get_field("username").max_length or 0)
        assert parse_pseudonym(name.shown) == name


# ---- Likeness -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["amina", "AMINA", "A-m.i_na", "Amína", "Am1na", "Amlna", "ＡＭＩＮＡ", "Arnina", "𝐀𝐦𝐢𝐧𝐚"])
def test_a_look_alike_is_not_free_for_another_but_stays_ones_own(amina: User, name: str) -> None:
    with pytest.raises(PseudonymTaken):
        check_pseudonym(text=name, now=NOON)
    assert check_pseudonym(text=name, now=NOON, wearer=amina).skeleton == amina.profile.skeleton


@pytest.mark.parametrize(("worn", "imitation"), [("Coco", "Сосо"), ("Nono", "Ոоոо"), ("Poppy", "Рорру"), ("Vovo", "Ѵоѵо")])
def test_a_whole_name_in_letters_of_another_system_is_no_disguise(worn: str, imitation: str) -> None:
    make_user(worn)
    with pytest.raises((PseudonymInvalid, PseudonymTaken)):
        check_pseudonym(text=imitation, now=NOON)
    assert Profile.objects.count() == 1


@pytest.mark.parametrize("name", ["Aminata", "Mina", "Ravo", "Amino"])
def test_a_name_that_is_merely_near_is_free(amina: User, name: str) -> None:
    assert check_pseudonym(text=name, now=NOON).shown == name
    assert amina.profile.pseudonym != name


# ---- Reserved -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["admin", "Admin42", "ADMlN", "Resaka", "le-resaka", "modo", "M.o.d.o", "Police_17", "Аdmin"])
def test_names_of_the_house_and_of_authorities_are_nobodys(name: str) -> None:
    with pytest.raises((PseudonymInvalid, PseudonymTaken)):
        check_pseudonym(text=name, now=NOON)
    assert Profile.objects.count() == 0


@pytest.mark.parametrize("name", ["Botanique", "Modeste", "Aidera", "Serviable", "Policarpe"])
def test_a_word_that_only_begins_like_a_reserved_one_may_be_worn(name: str) -> None:
    assert is_reserved(parse_pseudonym(name)) is False
    assert check_pseudonym(text=name, now=NOON).shown == name


def test_the_house_may_wear_its_own_names_once() -> None:
    house = create_confirmed_person(pseudonym="Modo", email="modo@example.org", reserved_name=True, now=NOON)
    assert house.profile.pseudonym == "Modo"
    with pytest.raises(PseudonymTaken):
        check_pseudonym(text="Modo", now=NOON, allow_reserved=True)


def test_taken_alike_and_reserved_say_the_same(amina: User) -> None:
    sentences = set()
    for name in (amina.profile.pseudonym, "Am1na", "Resaka"):
        with pytest.raises(PseudonymTaken) as refusal:
            check_pseudonym(text=name, now=NOON)
        sentences.add(pseudonym_sentence(refusal.value))
    assert len(sentences) == 1


# ---- Freed and held -----------------------------------------------------------------------------------------------------------


def test_a_freed_name_and_its_look_alikes_rest_a_year_and_are_free_the_second_after(amina: User) -> None:
    rename(amina, "Vonona")
    for name in ("Amina", "Am1na"):
        with pytest.raises(PseudonymTaken):
            check_pseudonym(text=name, now=NOON + FREED_FOR - timedelta(seconds=1))
        assert check_pseudonym(text=name, now=NOON + FREED_FOR).shown == name


def test_the_name_of_a_closed_account_that_was_never_freed_stays_taken(amina: User) -> None:
    User.objects.filter(pk=amina.pk).update(status="CLOSED")
    with pytest.raises(PseudonymTaken):
        check_pseudonym(text="Amina", now=NOON + 3 * FREED_FOR)


def test_every_name_worn_is_on_record_with_its_days(amina: User) -> None:
    rename(amina, "Vonona")
    rename(amina, "Fanja", later=timedelta(days=30))
    rows = PseudonymHistory.objects.filter(user=amina).order_by("from_at", "id").values_list("pseudonym", "from_at", "to_at")
    month = NOON + timedelta(days=30)
    assert list(rows) == [("Amina", NOON, NOON), ("Vonona", NOON, month), ("Fanja", month, None)]


def test_a_refused_change_of_name_leaves_no_trace(amina: User, ben: User) -> None:
    with pytest.raises(PseudonymTaken):
        rename(amina, "B.e.n")
    amina.refresh_from_db()
    assert (amina.username, Profile.objects.get(user=amina).pseudonym, ben.username) == ("amina", "Amina", "ben")
    assert PseudonymHistory.objects.filter(user=amina).count() == 1


def test_two_who_ask_for_one_name_at_once_leave_one_account_and_nothing_of_the_other(amina: User) -> None:
    with pytest.raises(PseudonymTaken):  # checked before, taken in between
        register_person(person=newcomer("Am1na"), documents=[], channel=ConsentChannel.SIGNUP, now=NOON)
    assert list(User.objects.all()) == [amina]
    assert (PseudonymHistory.objects.count(), Consent.objects.count()) == (1, 0)


def test_a_held_name_is_taken_for_its_look_alikes_too_and_for_nobody_else() -> None:
    hold_pseudonym(pseudonym=parse_pseudonym("Noro"))
    assert is_held(pseudonym=parse_pseudonym("NORO"))
    assert not is_held(pseudonym=parse_pseudonym("Noronha"))
    with pytest.raises(PseudonymTaken):
        register_person(person=newcomer("noro"), documents=[], channel=ConsentChannel.SIGNUP, now=NOON)
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    "name",
    [
        "\u3164\u3164\u3164",  # Hangul fillers are letters, and nothing is to be seen of them
        "\u115f\u1160\u115f",
        "\uffa0\uffa0\uffa0",
        "\u3164가나",
        "가\u115f나",
        "ក\u17b4\u17b5",
        "am\u200bina",
        "am\u034fina",
        "\u202eanima",
        "am\U000e0061ina",
    ],
)
def test_a_name_has_nothing_invisible(name: str) -> None:
    with pytest.raises(PseudonymInvalid):
        parse_pseudonym(name)


@pytest.mark.parametrize("name", ["ก" + "ิ" * 20, "क" + "ु" * 4, "e" + "\u0301" * 10 + "tty"])
def test_marks_are_not_piled_up(name: str) -> None:
    with pytest.raises(PseudonymInvalid):
        parse_pseudonym(name)


@pytest.mark.parametrize("name", ["ที่รัก", "अमीना", "가나다", "អាមីណា", "Ṙàĺảy"])
def test_names_that_people_write_stay_free(name: str) -> None:
    assert parse_pseudonym(name).shown == unicodedata.normalize("NFKC", name)
