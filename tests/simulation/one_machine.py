"""The deployment on one machine: threads of one process, a durable queue, and a store in a file."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

from tests.simulation.crew import Turn, Worker
from tests.simulation.deployments import Deployment, Host
from tests.simulation.durable_queue import OpenQueue, QueueFile
from tests.simulation.file_front import FileFront
from tests.simulation.till import Till
from tests.simulation.world import World

from loyalty_event_processor.processor import FEWEST_TO_PLAN, EventProcessor
from loyalty_server.queue import DurableQueue
from loyalty_server.worker import QueueWorker
from loyalty_shared.domain.errors import StoreUnavailable


class Server(Host):
    """`loyalty serve`."""

    front_class = FileFront

    def __init__(self, world: World, name: str, file: QueueFile) -> None:
        self._file = file
        super().__init__(world, name)

    def open(self) -> None:
        """Wire it, as `loyalty_server.server_app` does."""
        front = cast("FileFront", self.front)
        queue = cast("DurableQueue", OpenQueue(self.world, self._file, front))
        # Now and then it plans with as few members as there are here.
        fewest = (2, FEWEST_TO_PLAN)[self.world.chance.up_to(f"planning of {self.name}", 1)]
        processor = EventProcessor(self.ledger, self.observe, workers=1, fewest_to_plan=fewest)
        self._worker = QueueWorker(queue, processor)

    def stop(self) -> None:
        """Do nothing: no thread of it was started."""

    def turn(self) -> None:
        """Work on the queue; the worker's own thread would go on after a failure as well."""
        self.up()
        with suppress(StoreUnavailable):
            self._worker.work_once()


class OneMachine(Deployment):
    """One server, which crashes as a whole."""

    def __init__(self, world: World, till: Till) -> None:
        super().__init__(world, till)
        self.queue = file = QueueFile(world)
        self._server = Server(world, "server", file)
        self._queue_worker, self._settler = Worker("queue worker"), Worker("settle timer")
        self.workers = [
            self._queue_worker,
            *(Worker(f"request {number}") for number in range(3)),
            self._settler,
        ]

    def hosts(self) -> list[Host]:
        """List the one."""
        return [self._server]

    def turn_of(self, worker: Worker) -> Turn | None:
        """Give a batch, a command, or the time to settle."""
        if worker is self._queue_worker:
            return self._server.turn if self.queue.has_messages() else None
        if worker is self._settler:
            return self.settle_turn(self._server)
        return self.request_turn(self._server)
