"""What adjustments by hand may do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AdjustmentRules:
    """Whether an adjustment may take more than there is, and how large one may be by one person.

    What is missing is owed. `approval_above` is None where nobody else needs to agree.
    """

    below_zero: bool
    approval_above: int | None

    def needs_approval(self, points: int) -> bool:
        """Say whether a second person has to agree to so many points, signed."""
        return self.approval_above is not None and abs(points) > self.approval_above
