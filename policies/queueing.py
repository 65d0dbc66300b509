"""How long held actions wait for people: the queue of reviewers as Erlang saw the calls of an exchange.

Theory of operation. Holds arrive at random (Poisson) and each takes a reviewer an exponentially distributed time;
whoever is free takes the oldest (M/M/N). With A, the offered load, the mean number of reviewers that would be busy if
nobody ever waited, and B the chance that all of N are busy when those who come then go away again:

    B(0) = 1,  B(n) = A B(n-1) / (n + A B(n-1)),   C = B(N) / (1 - A/N (1 - B(N)))        (Erlang B and C)
    P(wait > t) = C exp(-(N - A) t / s),           mean wait = C s / (N - A)               for a review of s seconds

With A >= N the queue grows without end. Real arrivals come in bursts and real people sleep, so a forecast is a lower
bound of what to expect, good for comparing two policies.

Source: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone
exchanges", Elektroteknikeren 13 (1917) 5; L. Kleinrock, "Queueing Systems", vol. 1 (1975), section 3.5.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

# Reviewers of one queue; far more than any team, and the recursion walks through them.
MAX_REVIEWERS: Final = 10_000


class Forecast(NamedTuple):
    """What a queue comes to; times in seconds, None where it grows without end.

    `load` is the mean number of reviewers at work, `busy` the chance that a hold finds none free.
    """

    load: float
    busy: float
    mean_wait_s: float | None
    median_wait_s: float | None
    p95_wait_s: float | None


def erlang_c(reviewers: int, load: float) -> float:
    """The chance that an arrival has to wait; 1 where the load is as large as the number of reviewers, or larger.

    Raises:
        ValueError: no such queue.
    """
    if not 1 <= reviewers <= MAX_REVIEWERS or not 0 <= load < math.inf:
        raise ValueError("a queue has 1 to 10,000 reviewers and a finite load")
    if load >= reviewers:
        return 1.0
    blocked = 1.0
    for count in range(1, reviewers + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked / (1 - load / reviewers * (1 - blocked))


def forecast(*, arrivals: int, span_s: float, reviewers: int, review_s: float) -> Forecast:
    """The wait of holds that arrive so often in so many seconds.

    Raises:
        ValueError: no such queue.
    """
    if arrivals < 0 or not 0 < span_s < math.inf or not 0 < review_s < math.inf:
        raise ValueError("arrivals come within some time, and reviews take some")
    load = arrivals / span_s * review_s
    busy = erlang_c(reviewers, load)
    if load >= reviewers:
        return Forecast(load, busy, None, None, None)
    scale_s = review_s / (reviewers - load)

    def quantile(share: float) -> float:
        return 0.0 if busy <= 1 - share else scale_s * math.log(busy / (1 - share))

    return Forecast(load, busy, busy * scale_s, quantile(0.5), quantile(0.95))
