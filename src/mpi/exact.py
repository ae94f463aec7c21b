"""Exact arithmetic: rational weights and cutoffs, integer scores.

Weights and the cutoff are rational numbers. They are scaled to integers by their common
denominator, so that whether a score reaches the cutoff is a comparison of integers and no float
ever decides who is poor.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from numbers import Rational, Real

# int64 scores: sums of weights stay below this with room for one addition
LARGEST_SCALE = 2**62
# subset sums are enumerated while their number stays below this; 2**20 takes about a second
MOST_SCORES = 2**20

_NUMBER = re.compile(r"\s*(\d{1,30}(?:\.\d{1,30})?)\s*(?:/\s*(\d{1,30}(?:\.\d{1,30})?))?\s*(%?)\s*")
_LARGEST_EXPONENT = 400
_LARGEST = 10**_LARGEST_EXPONENT

FORMS = 'Expected a fraction, decimal or percent, such as "1/6", "0.05", "7.5%" or Fraction(1, 6).'


def fraction(value: object) -> Fraction:
    """Rational number that the user meant.

    Parameters
    ----------
    value : str, int, float, Decimal or Fraction
        ``"1/6"``, ``"7.5%"``, ``0.1``. A float stands for its shortest decimal, so 0.1 is 1/10
        and 0.3333 is 3333/10000, not 1/3.

    Returns
    -------
    Fraction

    Raises
    ------
    ValueError
        If `value` is not one of these, or not finite.

    Examples
    --------
    >>> fraction("7.5%"), fraction(0.1), fraction("1/6")
    (Fraction(3, 40), Fraction(1, 10), Fraction(1, 6))
    """
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, bool) or not isinstance(value, (Decimal, Real)):
        raise ValueError(f"{type(value).__name__} is not a number. {FORMS}")  # noqa: TRY004
    if isinstance(value, Rational):
        number = Fraction(int(value.numerator), int(value.denominator))
        if max(abs(number.numerator), number.denominator) >= _LARGEST:
            raise ValueError(f"the number is too large. {FORMS}")
        return number
    decimal = value if isinstance(value, Decimal) else Decimal(str(value))
    if not decimal.is_finite() or abs(decimal.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError(f"{value} is not a finite number. {FORMS}")
    return Fraction(decimal)


def _from_text(text: str) -> Fraction:
    match = _NUMBER.fullmatch(text)
    if match is None:
        shown = text if len(text) <= 40 else text[:37] + "..."
        raise ValueError(f"{shown!r} is not a fraction. {FORMS}")
    numerator, denominator, percent = match.groups()
    bottom = Fraction(denominator or 1) * (100 if percent else 1)
    if bottom == 0:
        raise ValueError(f"{text!r} divides by zero. {FORMS}")
    return Fraction(numerator) / bottom


def text(value: Fraction) -> str:
    """Exact text of a rational number: ``"1/3"``, ``"1"``."""
    return str(value)


def check_cutoff(value: object) -> Fraction:
    """Poverty cutoff k as a rational number in (0, 1].

    Raises
    ------
    ValueError
        If `value` is no number, not positive or above 1.
    """
    cutoff = fraction(value)
    if not 0 < cutoff <= 1:
        hint = f' If you mean percent, write "{value}%".' if 1 < cutoff <= 100 else ""
        raise ValueError(f"cutoff {text(cutoff)} is not above 0 and at most 1.{hint}")
    return cutoff


def sum_problem(weights: Sequence[Fraction], target: Fraction = Fraction(1)) -> str:
    """Sentence on weights that do not add up to `target` exactly; empty if they do.

    Examples
    --------
    >>> sum_problem([fraction(0.33)] * 3)
    'the weights add up to 99/100, not 1; 1/100 is missing. For equal weights write "1/3" for each.'
    """
    total = sum(weights, Fraction(0))
    if total == target:
        return ""
    gap = target - total
    words = f"{text(abs(gap))} is {'missing' if gap > 0 else 'too much'}"
    sentence = f"the weights add up to {text(total)}, not {text(target)}; {words}."
    if len(set(weights)) == 1:
        equal = text(target / len(weights))
        return f'{sentence} For equal weights write "{equal}" for each.'
    near = [_nearest_simple(weight) for weight in weights]
    if sum(near, Fraction(0)) == target:
        return f"{sentence} Did you mean {', '.join(text(value) for value in near)}?"
    return f"{sentence} Write them as fractions that add up to {text(target)}."


def _nearest_simple(value: Fraction) -> Fraction:
    """The simplest fraction that rounds to the decimals of `value`: 1/3 for 0.33."""
    digits = _decimals(value)
    if digits is None:
        return value
    half_unit = Fraction(1, 2 * 10**digits)
    for denominator in range(1, 361):
        near = Fraction(round(value * denominator), denominator)
        if near > 0 and abs(near - value) <= half_unit:
            return near
    return value


def common_scale(weights: Iterable[Fraction]) -> int:
    """Least common denominator of the weights: scores are whole multiples of 1 / scale.

    Raises
    ------
    ValueError
        If it is too large for integer scores.
    """
    scale = math.lcm(*(weight.denominator for weight in weights))
    if scale >= LARGEST_SCALE:
        raise ValueError(
            f"the weights have the common denominator {scale}, too large for exact scores. "
            "Write them as simpler fractions, such as 1/6."
        )
    return scale


def integers(weights: Sequence[Fraction], scale: int) -> list[int]:
    """Weights as integers in units of 1 / scale."""
    return [int(weight * scale) for weight in weights]


def threshold(cutoff: Fraction, scale: int) -> int:
    """Smallest integer score that reaches the cutoff: s / scale >= k exactly when s >= this.

    Examples
    --------
    >>> threshold(Fraction(1, 3), 100)
    34
    """
    return math.ceil(cutoff * scale)


def attainable(weights: Sequence[int]) -> list[int] | None:
    """All scores that some deprivation profile has, ascending; None if there are too many.

    Parameters
    ----------
    weights : sequence of int
        Integer weights of the d indicators.

    Examples
    --------
    >>> attainable([2, 3])
    [0, 2, 3, 5]
    """
    scores = {0}
    for weight in weights:
        scores |= {score + weight for score in scores}
        if len(scores) > MOST_SCORES:
            return None
    return sorted(scores)


@lru_cache(maxsize=32)
def attainable_once(weights: tuple[int, ...]) -> list[int] | None:
    """The same, remembered, since it may take a second."""
    return attainable(weights)


def mistaken_cutoff(cutoff: Fraction, weights: Sequence[Fraction]) -> Fraction | None:
    """Attainable score of which the cutoff looks like a rounded form; None if there is none.

    A cutoff of 0.33 where 1/3 is attainable is most likely meant to be 1/3. The score must be a
    simpler fraction than the cutoff and differ from it by less than one unit of the cutoff's last
    decimal, so that official cutoffs such as 1/3 on hundredths are left alone.

    Examples
    --------
    >>> mistaken_cutoff(fraction("0.33"), [Fraction(1, 6)] * 6)
    Fraction(1, 3)
    """
    digits = _decimals(cutoff)
    if digits is None:
        return None
    scale = common_scale(weights)
    scores = attainable_once(tuple(integers(weights, scale)))
    if scores is None:
        return None
    # one decimal says little: 2/5 is no slip for 1/3, while 3/10 may be
    unit = Fraction(1, 10**digits) if digits > 1 else Fraction(1, 20)
    first = bisect_right(scores, (cutoff - unit) * scale)
    last = bisect_left(scores, (cutoff + unit) * scale)
    near = [Fraction(score, scale) for score in scores[first:last] if score]
    if cutoff in near:
        return None
    close = [score for score in near if score.denominator < cutoff.denominator]
    return min(close, key=lambda score: abs(score - cutoff), default=None)


def _decimals(value: Fraction) -> int | None:
    """Number of decimals of a terminating decimal; None if it does not terminate."""
    rest = value.denominator
    twos = fives = 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def ways(weights: Sequence[int], target: Fraction) -> int:
    """Number of deprivation profiles whose score is exactly `target`.

    Parameters
    ----------
    weights : sequence of int
        Integer weights of the d indicators.
    target : Fraction
        Score on the same scale.

    Examples
    --------
    >>> ways([3] * 4 + [1] * 6, Fraction(6))  # the global MPI at 1/3
    87
    """
    counts = {0: 1}
    for weight in weights:
        before = list(counts.items())
        for score, number in before:
            counts[score + weight] = counts.get(score + weight, 0) + number
    return counts.get(int(target), 0) if target.denominator == 1 else 0
