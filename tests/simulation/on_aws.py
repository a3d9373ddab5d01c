"""The deployment on AWS: Lambdas that crash one by one, SQS, and a store across a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from aws_lambda_powertools import Logger
from tests.simulation.crew import Turn, Worker
from tests.simulation.deployments import Deployment, Host
from tests.simulation.front import NetworkFront, OneByOneFront
from tests.simulation.sqs import Queued, SimulatedSqs
from tests.simulation.till import Till
from tests.simulation.world import BEGINNING, World

from loyalty_event_processor.aws import SqsBatchHandler
from loyalty_event_processor.dead_letters import DeadLetterQueue
from loyalty_event_processor.processor import EventProcessor

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_BEGAN = BEGINNING.timestamp() * 1_000


class _Sender:
    """The client of the dead-letter queue, as one process has it."""

    def __init__(self, queue: SimulatedSqs, front: NetworkFront) -> None:
        self._queue = queue
        self._front = front

    def send_message(self, **request: Any) -> None:  # noqa: ANN401 - as boto3 takes it
        """Send a dead letter, if it gets there."""
        body, code = request["MessageBody"], request["MessageAttributes"]["code"]["StringValue"]
        self._front.write(f"send of dead letter {code}", lambda: self._queue.bury(body, code))


class _Log:
    def exception(self, *_: object, **__: object) -> None:
        """Say nothing: a dead letter that was not sent is trouble that was asked for."""


class ProcessorLambda(Host):
    """`loyalty-event-processor`."""

    front_class = NetworkFront

    def __init__(self, world: World, name: str, queue: SimulatedSqs) -> None:
        self._queue = queue
        self._processor: EventProcessor | None = None
        super().__init__(world, name)

    def open(self) -> None:
        """Wire it, as `loyalty_event_processor.aws` does."""
        self._processor = EventProcessor(self.ledger, self.observe, workers=1)
        client = cast("SQSClient", _Sender(self._queue, self.front))
        letters = DeadLetterQueue(lambda: client, "dead letters")
        self._handler = SqsBatchHandler(self._processor, letters, cast("Logger", _Log()))

    def stop(self) -> None:
        """End the processor's thread."""
        if self._processor is not None:
            self._processor.close()

    def turn(self) -> None:
        """Do what Lambda does with a queue: what is not named as failed is deleted."""
        self.up()
        front = self.front
        batch = self._queue.receive()
        response, _ = self._handler.handle({"Records": [_record(each) for each in batch]})
        failed = {each["itemIdentifier"] for each in response["batchItemFailures"]}
        for message in batch:
            if message.id not in failed:
                front.between(f"moment before acknowledging {message.id}")
                self._queue.delete(message)


class OtherLambda(Host):
    """`loyalty-api` or `loyalty-settler`."""

    front_class = OneByOneFront

    def open(self) -> None:
        """Do nothing: the use cases need no more than a ledger."""

    def stop(self) -> None:
        """Do nothing."""


class OnAws(Deployment):
    """Several Lambdas of each kind."""

    def __init__(self, world: World, till: Till) -> None:
        super().__init__(world, till)
        self.queue = queue = SimulatedSqs(world)
        self._processors = {
            Worker(name): ProcessorLambda(world, name, queue)
            for name in ("processor 1", "processor 2", "processor 3")
        }
        names = ("api 1", "api 2", "api 3")
        self._apis = {Worker(name): OtherLambda(world, name) for name in names}
        self._settler = Worker("settler")
        self._settling = OtherLambda(world, "settler")
        self.workers = [*self._processors, *self._apis, self._settler]

    def hosts(self) -> list[Host]:
        """List the Lambdas."""
        return [*self._processors.values(), *self._apis.values(), self._settling]

    def turn_of(self, worker: Worker) -> Turn | None:
        """Give a batch, a command, or the time to settle."""
        if worker in self._processors:
            return self._processors[worker].turn if self.queue.has_messages() else None
        if worker in self._apis:
            return self.request_turn(self._apis[worker])
        return self.settle_turn(self._settling)


def _record(message: Queued) -> dict[str, object]:
    sent = str(int(_BEGAN + message.sent_at))
    return {
        "messageId": message.id,
        "body": message.body,
        "attributes": {"SentTimestamp": sent},
    }
