"""How many right answers are usual in a small sample: the honest frame around ten images."""

from __future__ import annotations

from math import exp, lgamma

__all__ = ["ENOUGH", "usual_range"]

ENOUGH = 2 / 3


def usual_range(right: int, total: int, drawn: int) -> tuple[int, int]:
    r"""The counts of right answers to expect among images drawn at random.

    The shortest run of counts that together have a probability of at least two thirds; of two
    equally short ones the more probable. Drawn without replacement, the count is hypergeometric:
    $P(k) = \binom{R}{k}\binom{N-R}{n-k} / \binom{N}{n}$.

    Args:
        right: $R$, how many of all images the model gets right.
        total: $N$, how many images there are.
        drawn: $n$, how many of them are shown.

    Returns:
        The least and the greatest usual count.

    Examples:
        With 71.7 % right, 6 to 8 of 10 come up in 70 % of all draws:

        >>> usual_range(7170, 10_000, 10)
        (6, 8)
        >>> usual_range(7170, 10_000, 10_000)
        (7170, 7170)

    Reference:
        Johnson, Kemp and Kotz, *Univariate Discrete Distributions*, 3rd ed., 2005, chapter 6.
    """
    least, most = max(0, drawn - (total - right)), min(drawn, right)
    chances = [_chance(count, right, total=total, drawn=drawn) for count in range(least, most + 1)]
    # One peak and no valley: the best run of each length holds the best run of the one before.
    low = high = max(range(len(chances)), key=chances.__getitem__)
    probability = chances[low]
    while probability < ENOUGH and high - low + 1 < len(chances):
        below = chances[low - 1] if low > 0 else -1.0
        above = chances[high + 1] if high + 1 < len(chances) else -1.0
        if below > above:
            low -= 1
        else:
            high += 1
        probability += max(below, above)
    return least + low, least + high


def _chance(count: int, right: int, *, total: int, drawn: int) -> float:
    return exp(
        _log_ways(right, count) + _log_ways(total - right, drawn - count) - _log_ways(total, drawn)
    )


def _log_ways(of: int, taken: int) -> float:
    # The logarithm: the number of ways itself has thousands of digits.
    return lgamma(of + 1) - lgamma(taken + 1) - lgamma(of - taken + 1)
