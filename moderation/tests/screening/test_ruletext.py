"""How the text of a rule is read, and what is said of each line that cannot be."""

from __future__ import annotations

import pytest

from moderation.enums import RuleKind
from moderation.screening.behaviour import Weights
from moderation.screening.ruletext import LONGEST, BadRuleText, parse


def test_terms_with_options_and_remarks() -> None:
    assert parse(RuleKind.TERMS, "# a remark\n\n idiot(s) \nta gueule").terms == ["idiots", "idiot", "ta gueule"]


def test_patterns_with_pieces_guards_and_quotes() -> None:
    parsed = parse(
        RuleKind.PATTERNS, "let who = (?:te|vous)\nlet harm = tuer <who>\nwords: je <harm>\ndigits: \\d{4}\nunless: lol\nquotes: skip"
    )
    assert parsed.words == ["je tuer (?:te|vous)"]
    assert (parsed.digits, parsed.unless, parsed.skips_quotes) == ([r"\d{4}"], ["lol"], True)


def test_hosts_and_weights() -> None:
    assert parse(RuleKind.HOSTS, "Voleur.Example\nxn--bcher-kva.example").hosts == ["voleur.example", "xn--bcher-kva.example"]
    assert parse(RuleKind.BEHAVIOUR, "hold_at = 1\nreporter=0.25").weights == Weights(hold_at=1.0, reporter=0.25)


@pytest.mark.parametrize(
    ("kind", "text", "line", "word"),
    [
        (RuleKind.TERMS, "# nothing\n\n", 0, "empty"),
        (RuleKind.TERMS, "bon\n...", 2, "term"),
        (RuleKind.TERMS, "a(", 1, "term"),
        (RuleKind.PATTERNS, "words: (", 1, "pattern"),
        (RuleKind.PATTERNS, "words: a\nunless: (?=b)", 2, "pattern"),
        (RuleKind.PATTERNS, "\nsomething: a", 2, "line"),
        (RuleKind.PATTERNS, "words: <who> a", 1, "piece"),
        (RuleKind.PATTERNS, "let a = <b>", 1, "piece"),
        (RuleKind.PATTERNS, "unless: a", 0, "empty"),
        (RuleKind.HOSTS, "https://a.example/", 1, "host"),
        (RuleKind.HOSTS, "localhost", 1, "host"),
        (RuleKind.BEHAVIOUR, "colour = 3", 1, "weight"),
        (RuleKind.BEHAVIOUR, "hold_at = soon", 1, "number"),
        (RuleKind.BEHAVIOUR, "hold_at = nan", 1, "number"),
        (RuleKind.BEHAVIOUR, "hold_at = -1", 1, "number"),
        (RuleKind.BEHAVIOUR, "", 0, "empty"),
        (RuleKind.TERMS, "a" * (LONGEST + 1), 0, "too_long"),
    ],
)
def test_each_bad_line_is_named(kind: RuleKind, text: str, line: int, word: str) -> None:
    with pytest.raises(BadRuleText) as refusal:
        parse(kind, text)
    assert (refusal.value.line, refusal.value.word) == (line, word)


def test_pieces_cannot_be_made_to_grow_without_end() -> None:
    """A billion laughs: each piece twice the one before."""
    lines = ["let aa = xxxxxxxxxx", *[f"let a{chr(98 + n)} = <a{chr(97 + n)}><a{chr(97 + n)}>" for n in range(24)], "words: <ay>"]
    with pytest.raises(BadRuleText):
        parse(RuleKind.PATTERNS, "\n".join(lines))
