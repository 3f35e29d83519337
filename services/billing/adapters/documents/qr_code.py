"""The modules of a QR code, made fast: a bill run makes a million and a half of them.

A code has three kinds of modules: patterns that are the same in every code of a version, data, and the mask
laid over the data. segno draws the patterns, once for each version; the data is laid out here with
whole-number arithmetic. That is some thirty times faster than segno alone, which takes nearly as long as the
whole rest of a bill, and the tests hold that every module is as segno sets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain, zip_longest
from operator import itemgetter
from typing import Final

import segno
from segno import consts

# Which of the eight masks is taken never matters to whether a code can be read, only a little to how easily,
# and with segno trying them all costs more than everything else together. Of twelve payment texts in Russian
# ten had the lowest penalty of the standard with this one.
MASK: Final = 2

# ISO/IEC 18004, error level M, by version: error codewords in a block, and the number of blocks.
_ERROR_WORDS: Final = (
    10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
    26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
)  # fmt: skip
_BLOCKS: Final = (
    1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16,
    17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
)  # fmt: skip
_LARGEST: Final = 40
_BYTE_MODE: Final = 0b0100
_PADDING: Final = (0xEC, 0x11)
# segno 1.6 takes one module of data for one of the format, so these two are told apart by their places.
_DATA: Final = frozenset(
    {consts.TYPE_DATA_DARK, consts.TYPE_DATA_LIGHT, consts.TYPE_FORMAT_DARK, consts.TYPE_FORMAT_LIGHT}
)


class QrTooLongError(ValueError):
    """The data fits no version at error level M."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """``rows`` holds the modules line by line, ``1`` dark and ``0`` light, each line ended by a line feed."""

    side: int
    rows: bytes


def encode(data: bytes) -> QrCode:
    """Make the smallest code of error level M that holds ``data`` in byte mode."""
    version = _smallest_version(len(data))
    layout = _layout(version)
    words = _with_errors(_data_words(data, version), version)
    stream = int.from_bytes(words, "big") << (layout.data_modules - 8 * len(words)) ^ layout.mask
    bits = f"{stream:0{layout.data_modules}b}".encode()
    # The three constants that the layout picks from, besides the data.
    return QrCode(layout.side, bytes(layout.pick(bits + b"01\n")))


@dataclass(frozen=True, slots=True)
class _Layout:
    side: int
    data_modules: int
    mask: int
    pick: Callable[[bytes], Iterable[int]]


@cache
def _layout(version: int) -> _Layout:
    """Where each module of a version comes from: a data bit, or a constant after the last of them."""
    sample = segno.make("", version=version, error="m", mode="byte", mask=MASK, boost_error=False)
    kinds = [list(row) for row in sample.matrix_iter(border=0, verbose=True)]
    side = len(kinds)
    path = [
        (row, column)
        for row, column in _zigzag(side)
        if kinds[row][column] in _DATA and not _is_format(row, column, side)
    ]
    bit_at = {place: bit for bit, place in enumerate(path)}
    light, dark, line_end = range(len(path), len(path) + 3)
    source: list[int] = []
    for row in range(side):
        patterns = (dark if module else light for module in sample.matrix[row])
        source += [bit_at.get((row, column), pattern) for column, pattern in enumerate(patterns)]
        source.append(line_end)
    mask = int("".join("1" if column % 3 == 0 else "0" for _, column in path), 2)
    return _Layout(side, len(path), mask, itemgetter(*source))


def _is_format(row: int, column: int, side: int) -> bool:
    """Whether a module tells the level and the mask: around the first finder, and beside the other two."""
    ends = (*range(9), *range(side - 8, side))
    return (row == 8 and column in ends) or (column == 8 and row in ends)


def _zigzag(side: int) -> list[tuple[int, int]]:
    """Every place in the order of the data: pairs of columns from the right, up and down by turns."""
    path = []
    upwards = True
    # The sixth column is the timing pattern: the pairs to its left are shifted by one.
    for right in chain(range(side - 1, 6, -2), range(5, 0, -2)):
        for row in range(side - 1, -1, -1) if upwards else range(side):
            path += [(row, right), (row, right - 1)]
        upwards = not upwards
    return path


def capacity(version: int) -> int:
    """Return how many bytes of data a version holds."""
    return _data_capacity(version) - _header_bytes(version)


def _smallest_version(length: int) -> int:
    for version in range(1, _LARGEST + 1):
        if length <= capacity(version):
            return version
    raise QrTooLongError(f"{length} bytes are more than a QR code holds")


def _header_bytes(version: int) -> int:
    # Four bits of mode, 8 or 16 of length, and four bits of terminator behind the data.
    return 2 if version < 10 else 3


def _all_words(version: int) -> int:
    """Codewords of a version: its modules less those of the fixed patterns."""
    modules = (16 * version + 128) * version + 64
    if version >= 2:
        alignments = version // 7 + 2
        modules -= (25 * alignments - 10) * alignments - 55
    if version >= 7:
        modules -= 36
    return modules // 8


def _data_capacity(version: int) -> int:
    return _all_words(version) - _ERROR_WORDS[version - 1] * _BLOCKS[version - 1]


def _data_words(data: bytes, version: int) -> bytes:
    header = _header_bytes(version)
    packed = _BYTE_MODE << 8 * (header - 1) | len(data)
    packed = (packed << 8 * len(data) | int.from_bytes(data, "big")) << 4
    words = packed.to_bytes(header + len(data), "big")
    missing = _data_capacity(version) - len(words)
    return words + bytes(_PADDING[at % 2] for at in range(missing))


def _with_errors(words: bytes, version: int) -> bytes:
    """Split into blocks, add each one's error codewords, and interleave."""
    blocks, length = _BLOCKS[version - 1], _ERROR_WORDS[version - 1]
    short, longer = divmod(len(words), blocks)
    data, start = [], 0
    for block in range(blocks):
        # The longer blocks come last.
        end = start + short + (block >= blocks - longer)
        data.append(words[start:end])
        start = end
    errors = [_error_words(block, length) for block in data]
    woven = chain.from_iterable(zip_longest(*data))
    words = bytes(word for word in woven if word is not None)
    return words + bytes(chain.from_iterable(zip(*errors, strict=True)))


def _error_words(block: bytes, length: int) -> bytes:
    """Reed-Solomon: the remainder of the division by the generator, one step a byte."""
    table, top, rest = _multiples(length), 8 * (length - 1), (1 << 8 * (length - 1)) - 1
    remainder = 0
    for byte in block:
        remainder = (remainder & rest) << 8 ^ table[byte ^ remainder >> top]
    return remainder.to_bytes(length, "big")


@cache
def _multiples(length: int) -> tuple[int, ...]:
    """Each byte times the generator polynomial of this degree, its coefficients packed into one number."""
    generator = [1]
    root = 1
    for _ in range(length):
        shifted, scaled = [*generator, 0], [0, *(_product(root, factor) for factor in generator)]
        generator = [a ^ b for a, b in zip(shifted, scaled, strict=True)]
        root = _product(root, 2)
    factors = generator[1:]
    return tuple(
        int.from_bytes(bytes(_product(byte, factor) for factor in factors), "big") for byte in range(256)
    )


def _product(a: int, b: int) -> int:
    """Multiply in the field of 256 elements with the polynomial that QR codes use."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11D if a & 0x80 else 0)
        b >>= 1
    return product
