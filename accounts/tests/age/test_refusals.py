"""Each refusal has a kind sentence, and few are nobody's fault."""

from __future__ import annotations

import pytest
from django.utils import translation

from accounts.age.refusals import RefusalCode, Refused, nothing_else_escapes


@pytest.mark.parametrize("code", RefusalCode)
def test_each_code_has_a_sentence(code: RefusalCode) -> None:
    with translation.override("fr"):
        said = str(Refused(code).message)
    assert said.endswith(".")
    assert code.value not in said


def test_a_forger_is_not_told_what_was_wrong() -> None:
    checks = [RefusalCode.DIGEST, RefusalCode.ISSUER_SIGNATURE, RefusalCode.HOLDER_BINDING, RefusalCode.CHAIN, RefusalCode.NONCE]
    assert len({str(code.message) for code in checks}) == 1


def test_what_is_nobodys_fault_does_not_count() -> None:
    assert {code for code in RefusalCode if code.technical} == {
        RefusalCode.WALLET_DECLINED,
        RefusalCode.NOT_FINISHED,
        RefusalCode.EXPIRED_CHALLENGE,
        RefusalCode.METHOD_CLOSED,
        RefusalCode.PROVIDER_UNAVAILABLE,
        RefusalCode.TECHNICAL,
    }
    assert not Refused(RefusalCode.UNDER_AGE).technical


def test_a_parsers_own_exception_becomes_a_refusal() -> None:
    with pytest.raises(Refused) as caught, nothing_else_escapes():
        raise LookupError("any")
    assert caught.value.code == RefusalCode.STRUCTURE
    with pytest.raises(Refused) as kept, nothing_else_escapes():
        raise Refused(RefusalCode.SALT)
    assert kept.value.code == RefusalCode.SALT
