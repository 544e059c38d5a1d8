"""Every measure for every reason over every target makes a statement that validates; every forged field is refused in its own words."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.actions import ACTIONS, REMOVED, statement_fields
from moderation.dsa.checking import (
    BAD_DATE,
    BAD_FORM,
    ENDS_TOO_EARLY,
    MISPLACED,
    MISSING,
    NO_MEASURE,
    NULL_TEXT,
    TWICE,
    UNKNOWN_FIELD,
    check_payload,
)
from moderation.dsa.payload import Facts, build_payload, new_puid
from moderation.dsa.schema import label_of, list_values, read_schema
from moderation.enums import Action, Ground, Reason, TargetKind
from moderation.reasons import OTHER, REASONS

DAY = date(2026, 11, 23)
RESTRICTING = [action for action, spec in ACTIONS.items() if spec.restricts]


def facts(**fields: Any) -> Facts:
    told: dict[str, Any] = {
        "puid": new_puid(),
        "target": TargetKind.MESSAGE,
        "ground": Ground.TERMS,
        "ground_ref": "Charte, article 3",
        "explanation": "La charte interdit les insultes.",
        "facts": "Le message insulte une autre personne du salon.",
        "visibility": ("DECISION_VISIBILITY_CONTENT_REMOVED",),
        "category": "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        "keywords": ("KEYWORD_CYBER_HARASSMENT",),
        "content_date": DAY,
        "starts": DAY,
        "language": "fr",
    }
    return Facts(**(told | fields))


def decided(action: Action, target: TargetKind, reason: Reason, ends: date | None, **more: Any) -> Facts:
    """What `services.statements` makes of a decision with the tables of actions and reasons."""
    at = None if ends is None else datetime(ends.year, ends.month, ends.day, tzinfo=UTC)
    spec = REASONS[reason]
    return facts(
        **asdict(statement_fields(action=action, target=target, ends_at=at)),
        target=target,
        ends=ends,
        category=spec.category,
        additions=spec.additions,
        keywords=spec.keywords,
        keyword_other="Something else" if OTHER in spec.keywords else "",
        **more,
    )


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("action", RESTRICTING)
def test_every_measure_for_every_reason_validates(action: Action, reason: Reason) -> None:
    for target in TargetKind:
        for ground in Ground:
            for ends in (None, DAY, DAY + timedelta(days=30)):
                assert check_payload(build_payload(decided(action, target, reason, ends, ground=ground))) == {}


@pytest.mark.parametrize("action", [Action.NO_ACTION, Action.WARN])
def test_what_restricts_nobody_is_no_statement(action: Action) -> None:
    payload = build_payload(decided(action, TargetKind.MESSAGE, Reason.HARASSMENT, None))
    assert check_payload(payload) == {"decision": NO_MEASURE}


@pytest.mark.parametrize(
    ("action", "target", "ends", "said"),
    [
        (Action.REMOVE, TargetKind.MESSAGE, None, {"decision_visibility": [REMOVED]}),
        (Action.CLOSE_ROOM, TargetKind.ROOM, None, {"decision_visibility": [REMOVED]}),
        (
            Action.DISABLE,
            TargetKind.MESSAGE,
            DAY,
            {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"], "end_date_visibility_restriction": "2026-11-23"},
        ),
        (
            Action.BAN_FROM_ROOM,
            TargetKind.MESSAGE,
            DAY,
            {
                "decision_visibility": [REMOVED],
                "decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION",
                "end_date_service_restriction": "2026-11-23",
            },
        ),
        (Action.RESTRICT_POSTING, TargetKind.ACCOUNT, None, {"decision_provision": "DECISION_PROVISION_PARTIAL_TERMINATION"}),
        (
            Action.SUSPEND_ACCOUNT,
            TargetKind.ACCOUNT,
            DAY,
            {"decision_account": "DECISION_ACCOUNT_SUSPENDED", "end_date_account_restriction": "2026-11-23"},
        ),
        (Action.TERMINATE_ACCOUNT, TargetKind.ACCOUNT, None, {"decision_account": "DECISION_ACCOUNT_TERMINATED"}),
    ],
)
def test_a_measure_is_said_in_its_field_and_no_other(action: Action, target: TargetKind, ends: date | None, said: dict[str, Any]) -> None:
    payload = build_payload(decided(action, target, Reason.HARASSMENT, ends))
    kinds = ("decision_visibility", "decision_provision", "decision_account", "decision_monetary", "end_date")
    assert {name: value for name, value in payload.items() if name.startswith(kinds)} == said


def test_the_whole_statement_of_a_removed_message() -> None:
    made = decided(
        Action.REMOVE, TargetKind.MESSAGE, Reason.DOXXING, None, puid="rsk-00000000-0000-4000-8000-000000000000", territory=("FR",)
    )
    assert build_payload(made) == {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "Charte, article 3",
        "incompatible_content_explanation": "La charte interdit les insultes.",
        "incompatible_content_illegal": "No",
        "content_type": ["CONTENT_TYPE_TEXT"],
        "category": "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
        "category_specification": ["KEYWORD_OTHER"],
        "category_specification_other": "Something else",
        "content_language": "FR",
        "content_date": "2026-11-23",
        "territorial_scope": ["FR"],
        "application_date": "2026-11-23",
        "decision_facts": "Le message insulte une autre personne du salon.",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "account_type": "ACCOUNT_TYPE_PRIVATE",
        "puid": "rsk-00000000-0000-4000-8000-000000000000",
    }


def test_without_a_territory_it_holds_in_the_whole_area() -> None:
    scope = build_payload(facts())["territorial_scope"]
    assert len(scope) == 30
    assert {"FR", "GR", "IS"} < set(scope)
    assert "EL" not in scope


def test_every_category_and_keyword_of_ours_is_one_of_theirs_and_of_that_category() -> None:
    grouped = read_schema()["$defs"]["KEYWORDS"]["x-by-category"]
    for reason in Reason:
        found = REASONS[reason]
        assert {found.category, *found.additions} <= set(list_values("STATEMENT_CATEGORIES"))
        assert set(found.keywords) <= {*grouped[found.category], "KEYWORD_OTHER"}


def test_labels_are_the_commissions_own() -> None:
    assert label_of("DECISION_ACCOUNT_TERMINATED") == "Termination of the account"
    assert label_of("AS_IT_IS") == "AS_IT_IS"


FORGED: list[tuple[dict[str, Any], str, Any]] = [
    ({"decision_visibility": []}, "decision", NO_MEASURE),
    ({"decision_visibility": None}, "decision", NO_MEASURE),
    ({"decision_visibility": ["DECISION_VISIBILITY_OTHER"]}, "decision_visibility_other", MISSING),
    ({"decision_visibility": ["DECISION_VISIBILITY_OTHER"], "decision_visibility_other": " \n"}, "decision_visibility_other", MISSING),
    ({"decision_visibility": ["NO_SUCH"]}, "decision_visibility", "Valeur inconnue\u00a0: NO_SUCH."),
    ({"decision_visibility_other": "x"}, "decision_visibility_other", MISPLACED),
    ({"decision_account": "null"}, "decision_account", NULL_TEXT),
    ({"decision_provision": "DECISION_PROVISION_WHOLE"}, "decision_provision", "Valeur inconnue\u00a0: DECISION_PROVISION_WHOLE."),
    ({"decision_facts": ""}, "decision_facts", MISSING),
    ({"decision_facts": " \t"}, "decision_facts", MISSING),
    ({"decision_facts": "a" * 5001}, "decision_facts", "Au plus 5000 caractères."),
    ({"decision_facts": "null"}, "decision_facts", NULL_TEXT),
    ({"decision_facts": 7}, "decision_facts", BAD_FORM),
    ({"decision_facts": None}, "decision_facts", BAD_FORM),
    ({"incompatible_content_ground": "a" * 501}, "incompatible_content_ground", "Au plus 500 caractères."),
    ({"incompatible_content_explanation": "a" * 2001}, "incompatible_content_explanation", "Au plus 2000 caractères."),
    ({"incompatible_content_explanation": ""}, "incompatible_content_explanation", MISSING),
    ({"incompatible_content_illegal": None}, "incompatible_content_illegal", "Valeur inconnue\u00a0: None."),
    ({"illegal_content_legal_ground": "Code pénal"}, "illegal_content_legal_ground", MISPLACED),
    ({"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"}, "illegal_content_legal_ground", MISSING),
    ({"content_type": []}, "content_type", MISSING),
    ({"content_type": ["CONTENT_TYPE_OTHER"]}, "content_type_other", MISSING),
    ({"content_type_other": "Room"}, "content_type_other", MISPLACED),
    (
        {"category": "STATEMENT_CATEGORY_PORNOGRAPHY_OR_SEXUALIZED_CONTENT"},
        "category",
        "Valeur inconnue\u00a0: STATEMENT_CATEGORY_PORNOGRAPHY_OR_SEXUALIZED_CONTENT.",
    ),
    ({"category_addition": None}, "category_addition", BAD_FORM),
    ({"category_addition": ["STATEMENT_CATEGORY_CYBER_VIOLENCE"]}, "category_addition", TWICE),
    ({"category_specification": ["KEYWORD_DISINFORMATION"]}, "category_specification", "Valeur inconnue\u00a0: KEYWORD_DISINFORMATION."),
    ({"category_specification_other": "x"}, "category_specification_other", MISPLACED),
    ({"territorial_scope": ["EL"]}, "territorial_scope", "Valeur inconnue\u00a0: EL."),
    ({"content_language": "fr"}, "content_language", "Valeur inconnue\u00a0: fr."),
    ({"content_date": "2026-02-30"}, "content_date", BAD_DATE),
    ({"content_date": "1999-12-31"}, "content_date", BAD_DATE),
    ({"content_date": "2038-01-02"}, "content_date", BAD_DATE),
    ({"application_date": "2019-12-31"}, "application_date", BAD_DATE),
    ({"application_date": "2026-11-23\n"}, "application_date", BAD_DATE),
    ({"application_date": "23/11/2026"}, "application_date", BAD_DATE),
    ({"end_date_visibility_restriction": "2026-11-22"}, "end_date_visibility_restriction", ENDS_TOO_EARLY),
    ({"end_date_service_restriction": "2038-01-02"}, "end_date_service_restriction", BAD_DATE),
    ({"source_type": "SOURCE_RUMOUR"}, "source_type", "Valeur inconnue\u00a0: SOURCE_RUMOUR."),
    ({"source_identity": "Point de Contact"}, "source_identity", MISPLACED),
    ({"automated_detection": "yes"}, "automated_detection", "Valeur inconnue\u00a0: yes."),
    ({"automated_decision": True}, "automated_decision", "Valeur inconnue\u00a0: True."),
    ({"puid": "rsk-1\n"}, "puid", BAD_FORM),
    ({"puid": "abc"}, "puid", BAD_FORM),
    ({"content_id": {"EAN-13": "12"}}, "content_id", BAD_FORM),
    ({"decision_ground_reference_url": "javascript:alert(1)"}, "decision_ground_reference_url", BAD_FORM),
    ({"platform_name": "Resaka"}, "platform_name", UNKNOWN_FIELD),
    ({"decision_fact": "x"}, "decision_fact", UNKNOWN_FIELD),
]


@pytest.mark.parametrize(("forged", "field", "words"), FORGED, ids=lambda value: str(value)[:50])
def test_a_forged_field_is_refused_in_its_own_words(forged: dict[str, Any], field: str, words: Any) -> None:
    faults = check_payload(build_payload(facts()) | forged)
    assert {name: str(said) for name, said in faults.items()}.get(field) == str(words)


@pytest.mark.parametrize("field", read_schema()["required"])
def test_what_is_required_may_not_be_left_out(field: str) -> None:
    payload = build_payload(facts())
    del payload[field]
    assert str(check_payload(payload)[field]) == str(MISSING)


_TEXT = st.text(min_size=1, max_size=80).filter(lambda text: text.strip() and text != "null")


@given(
    action=st.sampled_from(RESTRICTING),
    target=st.sampled_from(TargetKind),
    reason=st.sampled_from(Reason),
    ground=st.sampled_from(Ground),
    length=st.none() | st.integers(0, 2000),
    territory=st.lists(st.sampled_from(["FR", "DE", "GR"]), unique=True),
    words=_TEXT,
    machine=st.booleans(),
)
def test_whatever_is_decided_the_schema_takes_it(
    action: Action,
    target: TargetKind,
    reason: Reason,
    ground: Ground,
    length: int | None,
    territory: list[str],
    words: str,
    machine: bool,
) -> None:
    """Free text may be refused for what it says; nothing else ever is."""
    ends = None if length is None else DAY + timedelta(days=length)
    more = {"ground": ground, "territory": tuple(territory), "facts": words}
    machines = {"detected_by_machine": machine, "decided_by_machine": machine}
    made = build_payload(decided(action, target, reason, ends, **more, **machines))
    assert set(check_payload(made)) <= {"decision_facts"}


@given(
    st.dictionaries(
        st.sampled_from(sorted(read_schema()["properties"])), st.none() | st.text(max_size=5) | st.integers() | st.lists(st.none())
    )
)
def test_no_garbage_breaks_the_check(garbage: dict[str, Any]) -> None:
    assert isinstance(check_payload(garbage), dict)
    assert check_payload(garbage) != {}


def test_numbers_are_new_each_time() -> None:
    made = {new_puid() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"rsk-[0-9a-f-]{36}", one) for one in made)
