"""Files that are rows of a table: schema, labels and columns come from the model, pages go on where they stopped."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from accounts.models import Consent, DeviceMark, Profile, User
from accounts.tests.factories import NOON
from core.exporting import DIALECT, FLAG, MOMENT, TEXT, Asked, maybe, write_line
from core.exporttables import PAGE, Unexportable, table
from privacy.export.table import FILES

SOME: dict[str, Any] = {"code": "PROFILE", "basis": "GDPR 6(1)(b)", "article": 20}


def devices(**more: Any) -> Any:
    rows = more.pop("rows", lambda asked: DeviceMark.objects.filter(user_id=asked.user_id))
    return table("devices", model=DeviceMark, rows=rows, columns=("set_at", "expires_at"), **SOME, **more)


def test_the_schema_says_what_the_column_is() -> None:
    rows = lambda asked: Profile.objects.filter(pk=asked.user_id)  # noqa: E731
    columns = ("pseudonym", "birth_year", "bio", "show_bio", "words_hidden_at", "gender", "whose=user__public_id")
    found = table("profile", model=Profile, rows=rows, columns=columns, **SOME)
    fields = dict(found.fields)
    assert fields.pop("gender") == {"enum": ["UNDISCLOSED", "WOMAN", "MAN", "NON_BINARY", "SELF_DESCRIBED"]}
    assert fields == {
        "pseudonym": TEXT,
        "birth_year": {"type": "integer"},
        "bio": TEXT,
        "show_bio": FLAG,
        "words_hidden_at": maybe(MOMENT),
        "whose": maybe(TEXT),
    }
    assert found.columns == {
        *(f"accounts.Profile.{name}" for name in ("pseudonym", "birth_year", "bio", "show_bio", "words_hidden_at", "gender")),
        "accounts.User.public_id",
    }
    assert str(found.looks["birth_year"].label) == "année de naissance"
    assert str(found.looks["gender"].words["WOMAN"]) == "Femme"


def test_the_schema_is_closed_and_complete() -> None:
    found = devices().schema
    assert (found["$schema"], found["$id"], found["title"]) == (DIALECT, "urn:resaka:export:1:devices", "devices")
    assert (found["required"], found["additionalProperties"]) == (["set_at", "expires_at"], False)
    judge = Draft202012Validator(found)
    assert judge.is_valid({"set_at": "x", "expires_at": "x"})
    for wrong in ({"set_at": "x"}, {"set_at": "x", "expires_at": 1}, {"set_at": "x", "expires_at": "x", "mac": "x"}):
        assert not judge.is_valid(wrong)


def test_bytes_are_never_given_as_they_lie() -> None:
    with pytest.raises(Unexportable, match=r"accounts\.Profile\.postal_code"):
        table("profile", model=Profile, rows=lambda asked: Profile.objects.all(), columns=("postal_code",), **SOME)


@pytest.mark.django_db
def test_pages_follow_each_other_and_miss_nothing(amina: User, ben: User) -> None:
    total = 2 * PAGE + 3
    marks = [
        DeviceMark(user=amina, mac=f"{number:064}", set_at=NOON, expires_at=NOON + timedelta(seconds=number)) for number in range(total)
    ]
    DeviceMark.objects.bulk_create([*marks, DeviceMark(user=ben, mac="b" * 64, set_at=NOON, expires_at=NOON)])
    file, asked = devices(), Asked(user_id=amina.pk, now=NOON)
    first = file.read(asked, None)
    assert (len(first.rows), file.count(asked)) == (PAGE, total)
    second = file.read(asked, json.loads(json.dumps(first.after)))
    third = file.read(asked, second.after)
    assert (len(second.rows), len(third.rows), third.after) == (PAGE, 3, None)
    ends = [row["expires_at"] for row in file.rows(asked)]
    assert ends == [row["expires_at"] for page in (first, second, third) for row in page.rows]
    assert len(set(ends)) == total
    assert list(file.rows(Asked(user_id=0, now=NOON))) == []


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3])
def test_a_page_is_one_query_however_many_rows(amina: User, number: int, django_assert_num_queries: Any) -> None:
    DeviceMark.objects.bulk_create([DeviceMark(user=amina, mac=f"{n:064}", set_at=NOON, expires_at=NOON) for n in range(number)])
    with django_assert_num_queries(1):
        assert len(devices().read(Asked(user_id=amina.pk, now=NOON), None).rows) == number


@pytest.mark.django_db
def test_rows_past_their_time_are_left_out_whoever_keeps_them(amina: User) -> None:
    """A legal hold keeps rows beyond their time; who is held must see what everybody sees."""
    times = (NOON - timedelta(days=2), NOON - timedelta(days=1), NOON)
    DeviceMark.objects.bulk_create([DeviceMark(user=amina, mac=f"{n:064}", set_at=at, expires_at=NOON) for n, at in enumerate(times)])
    file = devices(clock="set_at")
    ended = {"PROFILE": NOON - timedelta(days=1), "OTHER": NOON}
    asked = Asked(user_id=amina.pk, now=NOON, ended=ended)
    assert [row["set_at"] for row in file.rows(asked)] == [NOON.strftime("%Y-%m-%dT%H:%M:%S.000000Z")]
    assert file.count(asked) == 1
    assert file.count(Asked(user_id=amina.pk, now=NOON, ended={"OTHER": NOON})) == 3
    assert (asked.is_over("PROFILE", times[1]), asked.is_over("PROFILE", NOON), asked.is_over("NONE", times[0])) == (True, False, False)


@pytest.mark.django_db
def test_a_row_whose_clock_has_not_begun_is_not_past_its_time(amina: User) -> None:
    rows = lambda asked: Consent.objects.filter(user_id=asked.user_id)  # noqa: E731
    file = table("consents", model=Consent, rows=rows, columns=("purpose",), clock="withdrawn_at", **SOME)
    given = {"version": "1", "text_sha256": "0" * 64, "language": "fr", "given_at": NOON, "channel": "FORM"}
    before = file.count(Asked(user_id=amina.pk, now=NOON, ended={"PROFILE": NOON}))
    Consent.objects.create(user=amina, purpose="ART9_SENSITIVE_ROOMS", **given)
    Consent.objects.create(user=amina, purpose="ART9_SENSITIVE_ROOMS", withdrawn_at=NOON, **given)
    assert file.count(Asked(user_id=amina.pk, now=NOON, ended={"PROFILE": NOON})) == before + 1


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.booleans(), st.integers(), st.text())))
def test_any_text_is_one_line_and_comes_back(row: dict[str, Any]) -> None:
    line = write_line(row)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == row


@pytest.mark.parametrize(
    "text", ["\x00", "a\u202eb", "👩‍👩‍👧‍👦", "𝕏\U0001f1f2\U0001f1ec", "\ud83d", "\u2028\u2029", '"\\/', "<script>", "=1+1"]
)
def test_odd_texts(text: str) -> None:
    assert json.loads(write_line({"text": text})) == {"text": text}
    assert write_line({"text": text}).count(b"\n") == 1


def test_every_file_of_the_house_has_a_schema_that_is_one() -> None:
    names = [file.name for file in FILES]
    assert len(names) == len(set(names)) >= 55
    for file in FILES:
        Draft202012Validator.check_schema(file.schema)
        assert (file.article in (15, 20), bool(file.basis), bool(str(file.title))) == (True, True, True), file.name
        assert set(file.looks) <= set(file.fields), file.name
