"""Lists that come in pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Generic, TypeVar

from loyalty_client.calls.call import Call, PageAt
from loyalty_client.results.pages import Page

T = TypeVar("T")


class Listing(Generic[T]):
    """All items of a list, page by page, as they are iterated over; each time anew.

    Nothing is asked for before the first item is.
    """

    def __init__(self, send: Callable[[Call[Page[T]]], Page[T]], page_at: PageAt[T]) -> None:
        self._send = send
        self._page_at = page_at

    def page(self, cursor: str | None = None) -> Page[T]:
        """Give one page: the first, or the one that a page's `next_cursor` asks for."""
        return self._send(self._page_at(cursor))

    def __iter__(self) -> Iterator[T]:
        page = self.page()
        yield from page.items
        while page.next_cursor is not None:
            page = self.page(page.next_cursor)
            yield from page.items


class AsyncListing(Generic[T]):
    """All items of a list, page by page, as they are iterated over; each time anew.

    Nothing is asked for before the first item is.
    """

    def __init__(
        self, send: Callable[[Call[Page[T]]], Awaitable[Page[T]]], page_at: PageAt[T]
    ) -> None:
        self._send = send
        self._page_at = page_at

    async def page(self, cursor: str | None = None) -> Page[T]:
        """Give one page: the first, or the one that a page's `next_cursor` asks for."""
        return await self._send(self._page_at(cursor))

    async def __aiter__(self) -> AsyncIterator[T]:
        page = await self.page()
        for item in page.items:
            yield item
        while page.next_cursor is not None:
            page = await self.page(page.next_cursor)
            for item in page.items:
                yield item
