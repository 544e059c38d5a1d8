"""Regular expressions of rules, run by RE2: time grows with the text alone, whatever the expression. There is no other engine here, so an
expression that would stop a server cannot be written; what RE2 does not know (look-around, back-references) is refused with its reason.

Traps: `\\b` knows ASCII alone, which the views mostly are; `\\b` before `+` never matches after a blank.
"""

from __future__ import annotations

from collections.abc import Sequence

import re2

LONGEST_PATTERN = 4000  # signs of one expression
_MEMORY = 8 << 20  # bytes that RE2 may use for one program
MOST_HITS = 5  # of one expression in one text, unless more are asked for


class BadPattern(ValueError):
    """An expression that RE2 does not take; the text says why."""


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    return options


def compile_pattern(pattern: str) -> re2._Regexp:
    """One expression.

    Raises:
        BadPattern: not RE2's, too long, too large when compiled, or one that matches nothing at all, anywhere.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise BadPattern(f"{len(pattern)} > {LONGEST_PATTERN}")
    try:
        compiled = re2.compile(pattern, _options())
    except re2.error as error:
        reason = error.args[0]
        raise BadPattern(reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)) from error
    if compiled.search("") is not None:
        raise BadPattern("matches the empty text")
    return compiled


class PatternSet:
    """Many expressions, looked for together in one pass; only those that are found are looked for again, to say where."""

    def __init__(self, patterns: Sequence[str], *, most: int = MOST_HITS) -> None:
        self._most = most
        self._patterns = [compile_pattern(pattern) for pattern in patterns]
        self._set: re2.Set | None = None
        if patterns:
            self._set = re2.Set.SearchSet(_options())
            for pattern in patterns:
                self._set.Add(pattern)
            self._set.Compile()

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """(number of the expression, start, end), a few of each, in the order of the expressions."""
        if self._set is None or not (found := self._set.Match(text)):
            return []
        return [(number, *span) for number in sorted(found) for span in self._spans(number, text)]

    def _spans(self, number: int, text: str) -> list[tuple[int, int]]:
        spans = []
        for match in self._patterns[number].finditer(text):
            spans.append(match.span())
            if len(spans) == self._most:
                break
        return spans
