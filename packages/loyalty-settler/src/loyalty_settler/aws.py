"""The Lambda `loyalty-settler`: a schedule calls it, and it settles whom time has changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from loyalty_shared.starting import without_collecting

with without_collecting():
    from aws_lambda_powertools import Logger, Metrics
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
    from aws_lambda_powertools.metrics import MetricUnit
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from loyalty_settler.settings import SettlerSettings
    from loyalty_shared import system
    from loyalty_shared.contracts.program_file import program_at
    from loyalty_shared.logs import WithoutValues, format_all_logs
    from loyalty_shared.service.ledger import Ledger
    from loyalty_shared.service.settling import Settled, Watch, settle_due
    from loyalty_shared.storage.opening import open_store

_SERVICE = "loyalty-settler"
_LAST_BATCH_MILLISECONDS = 60_000  # what a batch of members takes at the very most


class Unfinished(Exception):
    """There was not time for everybody. Lambda calls again, and the rest is what that run finds."""


class _Formatter(WithoutValues, LambdaPowertoolsFormatter):
    """JSON lines, and of errors not what they say."""


class Settler:
    """Settles a ledger in the time that there is, and tells what came of it."""

    def __init__(self, ledger: Ledger, workers: int, logger: Logger, metrics: Metrics) -> None:
        self._ledger = ledger
        self._workers = workers
        self._logger = logger
        self._metrics = metrics

    def run(self, is_time_left: Callable[[], bool]) -> Settled:
        """Settle whom time has changed.

        Raises:
            Unfinished: when there was not time for everybody.
            StoreUnavailable: when the store did not answer.
        """
        watch = Watch(_tell_nobody, self._log_failure, is_time_left)
        settled = settle_due(self._ledger, watch, workers=self._workers)
        fields = {"members": settled.members, "entries": settled.entries}
        self._logger.info("settled", extra=fields)
        self._count(settled)
        if not settled.is_whole:
            raise Unfinished(f"{settled.members} members are settled, and others are left")
        return settled

    def _log_failure(self, member_id: str, error: Exception) -> None:
        self._logger.error("member not settled", extra={"member_id": member_id}, exc_info=error)

    def _count(self, settled: Settled) -> None:
        self._metrics.add_metric("settledMembers", MetricUnit.Count, settled.members)
        self._metrics.add_metric("settledEntries", MetricUnit.Count, settled.entries)
        self._metrics.add_metric("notSettled", MetricUnit.Count, settled.failed)
        self._metrics.flush_metrics()


def handler(event: object, context: LambdaContext) -> dict[str, int]:
    """Settle, whatever the schedule sends."""
    del event
    settled = _wired().run(
        lambda: context.get_remaining_time_in_millis() > _LAST_BATCH_MILLISECONDS
    )
    return {
        "members": settled.members,
        "entries": settled.entries,
        "notSettled": settled.failed,
    }


@cache
def _wired() -> Settler:
    settings = SettlerSettings()
    formatter = _Formatter(serialize_stacktrace=False)
    format_all_logs(formatter)
    ledger = Ledger(
        open_store(settings.store, system.pause),
        program_at(settings.program),
        system.now,
        system.pause,
    )
    return Settler(
        ledger,
        settings.workers,
        Logger(service=_SERVICE, level=settings.log_level, logger_formatter=formatter),
        Metrics(namespace="Loyalty", service=_SERVICE),
    )


def _tell_nobody(_members: int) -> None:
    """Show no progress: nobody looks."""
