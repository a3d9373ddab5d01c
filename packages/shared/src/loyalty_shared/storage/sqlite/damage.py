"""What is said of a file that is not what it was."""

from __future__ import annotations

from loyalty_shared.domain.errors import LedgerDamaged

WHAT_NEXT = "restore a backup (loyalty restore)"


class CommitsLost(LedgerDamaged):
    """The newest commits are gone from a file: what is left is older than what it once was."""

    code = "commits_lost"


class FileCutOff(LedgerDamaged):
    """The end of a file is gone, and its log does not have it either."""
