"""Events onto the bus: at least once, and those of one member in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from loyalty_publisher.events import SOURCE, Event
from loyalty_shared.service.ports import MemberKey, Pause

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

# In one call. They may have 256 KB together; an event has at most a few of them, as a test shows.
_MOST_EVENTS = 10

_MOST_ATTEMPTS = 5  # for events that the bus turned down, before Lambda is asked to come again
_SHORTEST_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a batch of events.

    `waiting` are those that were not published, in their order; where there are any, `reason` says
    why.
    """

    published: tuple[Event, ...]
    waiting: tuple[Event, ...] = ()
    reason: str | None = None


class Publisher:
    """Puts events on the bus `bus_name`."""

    def __init__(self, client: EventBridgeClient, bus_name: str, pause: Pause) -> None:
        self._client = client
        self._bus_name = bus_name
        self._pause = pause

    def publish(self, events: Sequence[Event]) -> Delivery:
        """Publish events, until one of them is turned down for good.

        The bus may take one event of a call and turn down the one before it. So a call has one
        event of a member at most, and the member's next is not sent before that one is published.
        """
        published: list[Event] = []
        waiting = dict(enumerate(events))
        while waiting:
            group = _first_of_each_member(waiting)
            refused, reason = self._put(group)
            published += [waiting.pop(each) for each in group if each not in refused]
            if refused:
                return Delivery(tuple(published), tuple(waiting.values()), reason)
        return Delivery(tuple(published))

    def _put(self, group: Mapping[int, Event]) -> tuple[Mapping[int, Event], str | None]:
        """Publish events and give those that were refused to the end, with a reason."""
        refused, reason = group, None
        for attempt in range(_MOST_ATTEMPTS):
            if attempt:
                self._pause(_SHORTEST_PAUSE_SECONDS * 2**attempt)
            entries = [self._entry(event) for event in refused.values()]
            try:
                results = self._client.put_events(Entries=entries)["Entries"]
            except (ClientError, BotoCoreError) as error:
                # botocore has tried several times itself. They may be on the bus all the same,
                # where only the answer was lost: then they are there twice.
                return refused, str(error)
            faults = {
                position: f"{result.get('ErrorCode')}: {result.get('ErrorMessage')}"
                for position, result in zip(refused, results, strict=True)
                if not result.get("EventId")
            }
            if not faults:
                return {}, None
            refused = {position: group[position] for position in faults}
            reason = next(iter(faults.values()))
        return refused, reason

    def _entry(self, event: Event) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._bus_name,
            "Source": SOURCE,
            "DetailType": event.detail_type,
            "Time": event.time,
            "Detail": event.detail.model_dump_json(),
        }


def _first_of_each_member(waiting: Mapping[int, Event]) -> dict[int, Event]:
    first: dict[MemberKey, int] = {}
    for position, event in waiting.items():
        first.setdefault(event.member, position)
        if len(first) == _MOST_EVENTS:
            break
    return {position: waiting[position] for position in first.values()}
