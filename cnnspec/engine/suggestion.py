"""What a diagnosis says."""

from dataclasses import dataclass

from cnnspec.engine.predicates import Condition
from cnnspec.kit.fault import Fault


@dataclass(frozen=True)
class Diagnosis:
    """Faults of one operation that together do what a target does.

    clauses: the failing clauses that they explain. probes: how many probes they agree on.
    condition: where or when the target does what they do, in words; elsewhere it is right. Empty
    if it always does. where: the same as a predicate, if it is one of the arguments.
    """

    operation: str
    faults: tuple[Fault, ...]
    clauses: tuple[str, ...]
    probes: int
    condition: str = ""
    where: Condition | None = None

    @property
    def fault(self) -> str:
        """The ids."""
        return " + ".join(fault.id for fault in self.faults)

    @property
    def name(self) -> str:
        """The ids, and where the target does what they say."""
        return f"{self.fault} {self.condition}" if self.condition else self.fault

    @property
    def sentence(self) -> str:
        """What is computed instead."""
        text = " And: ".join(fault.sentence for fault in self.faults)
        if self.where is None:
            return f"{text} {self.condition.capitalize()}." if self.condition else text
        return f"{text} This holds {self.condition}; elsewhere it is right."

    @property
    def remedy(self) -> str:
        """What to mend."""
        return " ".join(dict.fromkeys(fault.remedy for fault in self.faults))

    @property
    def agreement(self) -> str:
        """The number of probes that agree, out of all."""
        return f"{self.probes} of {self.probes}"


@dataclass(frozen=True)
class Separation:
    """What a target does wrong in an operation, and the condition under which it does.

    does: raises, is lost, or is wrong. probes: how many of them agree. clauses: the failing ones
    that it explains.
    """

    operation: str
    does: str
    condition: Condition
    probes: int
    clauses: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What is wrong, and where."""
        return f"{self.operation} {self.does} where {self.condition.words}"

    @property
    def agreement(self) -> str:
        """The number of probes that agree, out of all."""
        return f"{self.probes} of {self.probes}"
