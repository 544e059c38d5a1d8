"""Finding terms: words and phrases of a list, as whole words and never inside others.

A text is cut into its words, and each word is looked up. So there is no boundary to forget ("con" is in "contact", "bite" in "habites"),
what stands between the words of a phrase does not matter, and twenty thousand terms cost what two do. A longer phrase does not hide a
shorter one that it fails to become, which leftmost-longest automata do. See docs/decisions/0025.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, product

from moderation.screening.normalize import Views, normalize

_WORD = re.compile(r"[^\W_]+")
# What may be a word of the list in disguise: a letter three times in a row, or letters that stand alone.
_ODD = re.compile(r"([^\W_])\1\1|(?<![^\W_])[^\W_][\W_]{1,2}[^\W_][\W_]{1,2}[^\W_](?![^\W_])")
_LONG_RUN = 3
_FEWEST_SPELLED = 3
_PART = re.compile(r"([^()]+)|\(([^()]+)\)")
_SHAPE = re.compile(r"(?:[^()]|\([^()]+\))+")
_MOST_OPTIONS = 6


class BadTerm(ValueError):
    """A line of a list that is no term: nothing of it is a word, or it has too many forms."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text with its place in the views."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class _Node:
    """What may follow in a phrase, and whose phrases end here."""

    next: dict[str, _Node] = field(default_factory=dict)
    owners: tuple[int, ...] = ()


def expand(line: str) -> list[str]:
    """All forms of a term: "idiot(e)(s)" is idiot, idiote, idiots and idiotes.

    Raises:
        BadTerm.
    """
    if not _SHAPE.fullmatch(line) or line.count("(") > _MOST_OPTIONS:
        raise BadTerm(line)
    parts = [(option, "") if option else (plain,) for plain, option in _PART.findall(line)]
    forms = ["".join(chosen) for chosen in product(*parts)]
    if not all(_WORD.search(normalize(form).words) for form in forms):
        raise BadTerm(line)
    return forms


class TermIndex:
    """Terms of many owners (numbers of rules) in one look-up."""

    def __init__(self, terms: Iterable[tuple[str, int]]) -> None:
        self._root = _Node()
        self._vocabulary: set[str] = set()
        self._squeezed: dict[str, list[str]] = {}
        for term, owner in terms:
            self._add(_WORD.findall(normalize(term).words), owner)
        for word in sorted(self._vocabulary):
            self._squeezed.setdefault(_squeeze(word), []).append(word)

    def _add(self, words: list[str], owner: int) -> None:
        node = self._root
        for word in words:
            node = node.next.setdefault(word, _Node())
        self._vocabulary.update(words)
        if owner not in node.owners:
            node.owners = (*node.owners, owner)

    def find(self, views: Views) -> list[tuple[int, int, int]]:
        """(owner, start, end) in the views, of each owner the leftmost and longest that do not overlap."""
        text = views.words
        odd = _ODD.search(text) is not None
        if not odd and self._vocabulary.isdisjoint(_WORD.findall(text)):
            return []
        words = [Word(found[0], found.start(), found.end()) for found in _WORD.finditer(text)]
        if odd:
            words = [self._undisguise(word) for word in self._join_spelled(words)]
        return list(self._search(words, views))

    def _search(self, words: list[Word], views: Views) -> Iterator[tuple[int, int, int]]:
        ends: dict[int, int] = {}
        for first in range(len(words)):
            for owner, last in self._longest(words, first).items():
                start, end = words[first].start, words[last].end
                if start >= ends.get(owner, 0) and any(map(str.isalpha, views.digits[start:end])):
                    ends[owner] = end
                    yield owner, start, end

    def _longest(self, words: list[Word], first: int) -> dict[int, int]:
        """Owner -> the last word of its longest phrase that begins with the word `first`."""
        found: dict[int, int] = {}
        node: _Node | None = self._root
        for place in range(first, len(words)):
            node = node.next.get(words[place].text) if node else None
            if node is None:
                break
            found.update(dict.fromkeys(node.owners, place))
        return found

    def _undisguise(self, word: Word) -> Word:
        """A word with letters repeated at length as the word of the list that it lengthens: "saaalope" is "salope".

        Every run cut to one is compared with the list cut the same way. The writer lengthens and never shortens: a "cone" is no "conne".
        """
        if word.text in self._vocabulary or not _has_long_run(word.text):
            return word
        for candidate in self._squeezed.get(_squeeze(word.text), ()):
            if _lengthens(word.text, candidate):
                return Word(candidate, word.start, word.end)
        return word

    def _join_spelled(self, words: list[Word]) -> list[Word]:
        """Letters that stand alone, one after the other, as the word of the list that they spell: "c o n n e"."""
        joined: list[Word] = []
        for alone, group in groupby(words, key=lambda word: len(word.text) == 1):
            run = list(group)
            joined.extend(self._spelled(run) if alone and len(run) >= _FEWEST_SPELLED else run)
        return joined

    def _spelled(self, run: list[Word]) -> list[Word]:
        for drop_first, drop_last in ((0, 0), (1, 0), (0, 1)):  # "a c r é t i n": the article is a letter too
            part = run[drop_first : len(run) - drop_last]
            text = "".join(word.text for word in part)
            if len(part) >= _FEWEST_SPELLED and text in self._vocabulary:
                return [*run[:drop_first], Word(text, part[0].start, part[-1].end), *run[len(run) - drop_last :]]
        return run


def _squeeze(word: str) -> str:
    return "".join(char for char, _run in groupby(word))


def _runs(word: str) -> list[int]:
    return [len(list(run)) for _char, run in groupby(word)]


def _has_long_run(word: str) -> bool:
    return max(_runs(word)) >= _LONG_RUN


def _lengthens(text: str, word: str) -> bool:
    """Whether `text` is `word` with some letters repeated at length; both are the same with every run cut to one."""
    return all(had == run or (run >= _LONG_RUN and run > had) for run, had in zip(_runs(text), _runs(word), strict=True))
