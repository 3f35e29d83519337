"""Password rules (ID-2), each reported on its own so that a form can tick them.

A list of common passwords holds what people made of a few hundred words and habits: a word with a capital, a digit
for a letter, a year or a run of keys behind it. So the words are kept (``common_words.py``) and the habits are rules: a
password is common if it is nothing but at most one such word and runs of digits and keys.
"""

from __future__ import annotations

import string
from typing import Final

from services.identity.domain.common_words import WORDS

# The rules of the supplier's own registration form, and one of ours.
RULES: Final = ("latin_only", "length", "upper", "lower", "digit", "no_spaces", "not_common")
LEAST: Final = 8
MOST: Final = 256  # nothing is cut off: a longer one is refused

_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", string.ascii_lowercase)
_COLUMNS = ("1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp")
_ZIGZAGS = ("1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "qawsedrftgyhujikolp")
_WALKS = tuple(walk for row in (*_ROWS, *_COLUMNS, *_ZIGZAGS) for walk in (row, row[::-1]))
_WALK_LEAST = 3
# What is typed in place of letters, by the letters it stands for; 1 stands for two.
_STANDS_FOR = tuple(
    str.maketrans(table)
    for table in (
        {},
        {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"},
        {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "l"},
    )
)
_DECORATION = "!?.,*@#$%&-_+="
_LONGEST_WORD = max(map(len, WORDS))
# Of characters that belong to no word and no run, this many do not make a common password less so: Aa123456.
_SPARE = 2


def failed_rules(password: str) -> list[str]:
    """Names of the rules that the password breaks, in the order of RULES."""
    letters = [c for c in password if c.isalpha()]
    passed = {
        "latin_only": all(c in string.ascii_letters for c in letters),
        "length": LEAST <= len(password) <= MOST,
        "upper": any(c in string.ascii_uppercase for c in password),
        "lower": any(c in string.ascii_lowercase for c in password),
        "digit": any(c in string.digits for c in password),
        "no_spaces": not any(c.isspace() for c in password),
        "not_common": not is_common(password),
    }
    return [rule for rule in RULES if not passed[rule]]


def is_common(password: str) -> bool:
    """True for what a list of common passwords would hold, in any case and with up to one sign before and behind."""
    text = password.lower()
    if len(text) > MOST:
        return False
    core = text[1:] if text[:1] in _DECORATION else text
    core = core[:-1] if core[-1:] in _DECORATION else core
    return bool(core) and any(_is_made_of_habits(candidate) for candidate in {text, core} if candidate)


def _is_made_of_habits(text: str) -> bool:
    """Split the text so that as little as possible is left over, then count what is left and the words."""
    spellings = [text.translate(table) for table in _STANDS_FOR]
    # (left over, words) up to each place; fewest left over first
    best: list[tuple[int, int]] = [(0, 0)] + [(len(text) + 1, 0)] * len(text)
    for place in range(len(text)):
        left, words = best[place]
        for end in _ends_of_runs(text, place):
            best[end] = min(best[end], (left, words))
        for spelling in spellings:
            for end in range(place + 3, min(place + _LONGEST_WORD, len(text)) + 1):
                if spelling[place:end] in WORDS:
                    best[end] = min(best[end], (left, words + 1))
        best[place + 1] = min(best[place + 1], (left + 1, words))
    left, words = best[-1]
    if left == 0:
        return words <= 1 or _is_a_word_again_and_again(text.strip(string.digits))
    spare = text[:left]
    return words == 0 and left <= _SPARE and left < len(text) and spare.isalpha() and len(set(spare)) == 1


def _ends_of_runs(text: str, place: int) -> list[int]:
    """Where the runs that begin here may end: digits, the same sign again and again, neighbours on the keyboard."""
    ends = set()
    end = place
    while end < len(text) and text[end] in string.digits:
        end += 1
        ends.add(end)
    end = place
    while end < len(text) and text[end] == text[place]:
        end += 1
    ends.update(range(place + _WALK_LEAST, end + 1))
    for walk in _WALKS:
        start = walk.find(text[place])
        if start < 0:
            continue
        end = place
        while end < len(text) and start + end - place < len(walk) and walk[start + end - place] == text[end]:
            end += 1
        ends.update(range(place + _WALK_LEAST, end + 1))
    return sorted(ends)


def _is_a_word_again_and_again(text: str) -> bool:
    return any(
        len(text) % size == 0 and text == text[:size] * (len(text) // size) and text[:size] in WORDS
        for size in range(3, len(text) // 2 + 1)
    )
