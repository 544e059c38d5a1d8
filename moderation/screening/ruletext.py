"""How the text of a rule is read, line by line. Empty lines and lines that begin with # say nothing.

TERMS      a term a line; what stands in parentheses may be missing: idiot(e)(s)
PATTERNS   let NAME = expression    a piece, used as <NAME> in the lines below
           words: expression        looked for in the words view (RE2)
           digits: expression       looked for in the digits view
           unless: expression       where the words view has this, the rule finds nothing
           quotes: skip             what stands in quotation marks with words around it is quoted, not said
HOSTS      a host a line; what lies below it counts too
BEHAVIOUR  NAME = number            the weights and limits of `moderation.screening.behaviour`
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from moderation.enums import RuleKind
from moderation.screening.behaviour import Weights
from moderation.screening.patterns import LONGEST_PATTERN, BadPattern, compile_pattern
from moderation.screening.terms import BadTerm, expand

LONGEST = 400_000
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
_LET = re.compile(r"let ([a-z_]+) = (.+)")
_USE = re.compile(r"<([a-z_]+)>")
_LINE = re.compile(r"(words|digits|unless|quotes): *(.+)")


class BadRuleText(ValueError):
    """A line that cannot be read: `line` counts from 1 (0: the whole text), `word` is what is wrong with it, `detail` what RE2 says."""

    def __init__(self, line: int, word: str, detail: str = "") -> None:
        super().__init__(line, word, detail)
        self.line, self.word, self.detail = line, word, detail


@dataclass(slots=True)
class Parsed:
    """The text of a rule, read."""

    terms: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    digits: list[str] = field(default_factory=list)
    unless: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    weights: Weights | None = None
    skips_quotes: bool = False


def parse(kind: RuleKind, text: str) -> Parsed:
    """The text of a rule of this kind, checked to the last line.

    Raises:
        BadRuleText.
    """
    if len(text) > LONGEST:
        raise BadRuleText(0, "too_long")
    parsed = _READERS[kind](text)
    if not (parsed.terms or parsed.words or parsed.digits or parsed.hosts or parsed.weights):
        raise BadRuleText(0, "empty")
    return parsed


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if line and not line.startswith("#"):
            yield number, line


def _read_terms(text: str) -> Parsed:
    parsed = Parsed()
    for number, line in _lines(text):
        try:
            parsed.terms.extend(expand(line))
        except BadTerm as error:
            raise BadRuleText(number, "term") from error
    return parsed


def _read_patterns(text: str) -> Parsed:
    parsed, pieces = Parsed(), dict[str, str]()
    for number, line in _lines(text):
        named, rule = _LET.fullmatch(line), _LINE.fullmatch(line)
        if named is not None:
            pieces[named[1]] = _filled(named[2], pieces, number)
        elif rule is None:
            raise BadRuleText(number, "line")
        elif rule[1] == "quotes":
            parsed.skips_quotes = True
        else:
            pattern = _filled(rule[2], pieces, number)
            _check_pattern(pattern, number)
            getattr(parsed, rule[1]).append(pattern)
    return parsed


def _filled(pattern: str, pieces: dict[str, str], number: int) -> str:
    missing = [name for name in _USE.findall(pattern) if name not in pieces]
    if missing:
        raise BadRuleText(number, "piece", missing[0])
    filled = _USE.sub(lambda found: pieces[found[1]], pattern)
    if len(filled) > LONGEST_PATTERN:  # pieces of pieces could grow without end
        raise BadRuleText(number, "pattern", f"{len(filled)} > {LONGEST_PATTERN}")
    return filled


def _check_pattern(pattern: str, number: int) -> None:
    try:
        compile_pattern(pattern)
    except BadPattern as error:
        raise BadRuleText(number, "pattern", str(error)) from error


def _read_hosts(text: str) -> Parsed:
    parsed = Parsed()
    for number, line in _lines(text):
        host = line.lower()
        if not _HOST.fullmatch(host):
            raise BadRuleText(number, "host")
        parsed.hosts.append(host)
    return parsed


def _read_weights(text: str) -> Parsed:
    values: dict[str, float] = {}
    for number, line in _lines(text):
        name, _equals, value = (part.strip() for part in line.partition("="))
        if name not in Weights.names():
            raise BadRuleText(number, "weight", name)
        try:
            values[name] = float(value)
        except ValueError as error:
            raise BadRuleText(number, "number", value) from error
        if not 0 <= values[name] <= 1000:  # not a number is not between them either
            raise BadRuleText(number, "number", value)
    return Parsed(weights=Weights(**values)) if values else Parsed()


_READERS: dict[RuleKind, Callable[[str], Parsed]] = {
    RuleKind.TERMS: _read_terms,
    RuleKind.PATTERNS: _read_patterns,
    RuleKind.HOSTS: _read_hosts,
    RuleKind.BEHAVIOUR: _read_weights,
}
