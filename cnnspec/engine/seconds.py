"""The seconds of a part of a run, shared out among its checks by the target's pace.

Each check gets an equal share, and what those before it left over. What a quick target does costs
nothing (kit/pace.py), so nothing of it is cut. A clock ends only what is far slower than its pace.
"""

import time
from dataclasses import dataclass

from cnnspec.engine.plan import Plan
from cnnspec.kit.calls import Case
from cnnspec.kit.check import Check
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import checks

ENDLESS = 1_000_000
"""So many cases are all of them."""


@dataclass
class Seconds:
    """The seconds of a part.

    share: of each check. end: when the clock ends it. until: what the session will have spent when
    nothing is left for the check that runs. spare: what those left over that have ended.
    """

    session: Session
    share: float
    end: float
    until: float
    spare: float = 0.0

    def turn(self, left: float) -> None:
        """Turn to a check that has so much left; it also gets what others left over."""
        self.until, self.spare = self.session.spent + left + self.spare, 0.0

    def leave(self, *, ended: bool) -> float:
        """Leave a check, which may go on later. Returns what is left for it then."""
        left = max(0.0, self.left)
        self.spare += left * ended
        return left * (not ended)

    def begin(self) -> None:
        """Begin a check. What one spent too much is not taken from the next."""
        self.until = max(self.until, self.session.spent) + self.share

    @property
    def left(self) -> float:
        """What is left for the check that runs."""
        return self.until - self.session.spent

    @property
    def late(self) -> bool:
        """Whether the clock ends it; waiting for a target that is lost has a limit of its own."""
        return time.monotonic() > self.end + self.session.client.seconds_lost

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return self.left <= 0 or self.late

    def cases(self, check: Check, fewest: int = 0) -> int:
        """How many cases of a check there is time for: of simple calls, and at least the fewest."""
        paces = self.session.timing.paces
        known = [paces[one].cost(1, 0) for one in check.operations or paces if one in paces]
        cost = max(known, default=0.0)
        return max(fewest, int(self.left / cost)) if cost else ENDLESS


RESTART = 0.3
"""About how many seconds it takes until a target that was lost has begun again."""


@dataclass
class Limit:
    """A limit of the seconds for making a case smaller, by the target's pace."""

    session: Session
    seconds: float
    used: float = 0.0

    def __post_init__(self) -> None:
        self.losses, self.hung = self.session.client.losses, self.session.lost["hung"]

    def count(self, case: Case) -> None:
        """Count a case that is tried."""
        self.used += sum(map(self.session.timing.seconds, case))

    def is_over(self) -> bool:
        """Whether the seconds are used up, or the target hangs."""
        lost = self.session.client.losses - self.losses
        return self.used + RESTART * lost >= self.seconds or self.session.lost["hung"] > self.hung


def shared(session: Session, plan: Plan, start: float) -> Seconds:
    """The seconds of a part that begins now. start: when the run began."""
    effort = plan.effort
    count = sum(not plan.only or one.clause in plan.only for one in checks(plan.edition))
    end = start + effort.limit
    return Seconds(session, effort.seconds / max(count, 1), end, session.spent)
