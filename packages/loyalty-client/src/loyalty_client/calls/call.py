"""A request that can be sent as often as needed, and how its answer is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from loyalty_client.decoding import as_object, decode
from loyalty_client.encoding import without_none
from loyalty_client.results.pages import Page
from loyalty_client.system import new_key

T = TypeVar("T")
PageAt = Callable[[str | None], "Call[Page[T]]"]


@dataclass(frozen=True)
class Answer:
    """What a success said; `is_replayed` where a command had been done before."""

    status: int
    body: Any
    is_replayed: bool = False


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request: it may be sent again, since it reads, or has a key, or takes effect once anyhow.

    `key` is a command's, made with the call, so that it is the same each time that the call is
    sent. `read` raises ValueError for an answer that is not what it should be.
    """

    method: str
    path: str
    read: Callable[[Answer], T]
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    key: str | None = None
    is_repeated: bool = True


def get(path: str, kind: type[T], **query: object) -> Call[T]:
    """Ask for something; what is None in the query is left out."""
    return Call("GET", path, one(kind), query=_texts(query))


def command(
    path: str, read: Callable[[Answer], T], *, key: str | None, body: Mapping[str, object]
) -> Call[T]:
    """Ask for something to be done once under a key, a new one where there is none.

    Raises:
        ValueError: when the key cannot be sent.
    """
    if key is not None and not (key.strip() and key.isascii() and key.isprintable()):
        raise ValueError(f"{key!r} is no key: give ASCII characters that can be printed")
    return Call("POST", path, read, body=body, key=key or new_key())


def pages(path: str, read_item: Callable[[Any], T], **query: object) -> PageAt[T]:
    """Give what asks for a page of a list, by its cursor."""

    def page_at(cursor: str | None) -> Call[Page[T]]:
        return Call("GET", path, read, query=_texts({**query, "cursor": cursor}))

    def read(answer: Answer) -> Page[T]:
        page = decode(Page, answer.body)
        return Page(items=tuple(map(read_item, page.items)), next_cursor=page.next_cursor)

    return page_at


def one(kind: type[T]) -> Callable[[Answer], T]:
    """Read an answer as a dataclass."""
    return lambda answer: decode(kind, answer.body)


def done(kind: type[T]) -> Callable[[Answer], T]:
    """Read a command's answer as a dataclass that has the field `replayed`."""
    return lambda answer: decode(
        kind, {**as_object(answer.body, kind.__name__), "replayed": answer.is_replayed}
    )


def _texts(query: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in without_none(**query).items()}
