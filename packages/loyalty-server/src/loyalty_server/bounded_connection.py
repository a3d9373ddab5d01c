"""An HTTP connection that nobody can hold for ever.

uvicorn closes a connection that is idle between two requests, and sets no other limit: who sends a
request byte by byte, sends none at all, or does not read the answer, keeps a connection as long as
they like.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

import h11
from fastapi.responses import Response
from uvicorn import Config
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, HTTPScope
from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from loyalty_api.answer_headers import ANSWER_HEADERS
from loyalty_api.problems import RETRY_AFTER_SECONDS, problem, title_of
from loyalty_server.connections import Connections
from loyalty_server.request_sizes import headers_too_large, refusal_of_head

_HANG_UP_SECONDS = 5  # for what was written to get to who does not read

_log = logging.getLogger("loyalty")


class _Phase(Enum):
    WAITING = auto()  # nothing of a request is here
    ARRIVING = auto()  # a part of one
    ANSWERING = auto()  # all of it, and not all of its answer is given
    LEAVING = auto()  # it is closed, once all that was written is sent


class BoundedConnection(H11Protocol):
    """A connection whose time and sizes are limited."""

    server_state: Connections

    def __init__(
        self,
        config: Config,
        server_state: Connections,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._application = self.app
        self.app = self._answer
        self._task: asyncio.Task[None] | None = None
        self.counted_bytes = 0
        self._phase = _Phase.WAITING
        self._since = server_state.seconds

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin."""
        super().connection_made(transport)
        if self.server_state.is_ending:
            self.shutdown()
        else:
            self.server_state.expect_request(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.server_state.expect_no_longer(self)
        self.server_state.forget_bytes(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        is_sent_ahead = self._phase is _Phase.ANSWERING
        super().data_received(data)
        self._follow()
        if self._phase is _Phase.LEAVING or self._unanswered() is None:
            return
        has_room = self.server_state.count_bytes(self, len(data))
        if not has_room and not is_sent_ahead:
            # The application has not been given all of it yet, so nothing comes of it.
            self._hang_up(_no_room())
            self.server_state.forget_bytes(self)  # at once: there is room for the others again

    def on_response_complete(self) -> None:
        """Go on with the next request."""
        # The next one may be here already, and then it is answered without a change of phase.
        self._since = self.server_state.seconds
        self.server_state.forget_bytes(self)
        super().on_response_complete()
        self._follow()

    def shutdown(self) -> None:
        """End it: at once, but where a whole request is being answered."""
        self._follow()
        if self._phase is _Phase.ARRIVING:
            self._hang_up(_shutting_down())
        elif self._phase is not _Phase.LEAVING:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or has a head too large to be read."""
        error = sys.exc_info()[1]  # it is called where that was caught
        if getattr(error, "error_status_hint", 0) == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
            self._hang_up(headers_too_large())
        else:
            self._hang_up(problem(HTTPStatus.BAD_REQUEST, detail=msg, code="malformed_request"))

    def end_if_too_slow(self) -> None:
        """End it, where what it does takes too long."""
        self._follow()
        limits = self.server_state.limits
        spent_seconds = self.server_state.seconds - self._since
        match self._phase:
            case _Phase.WAITING if self._is_silent() and spent_seconds > limits.request_seconds:
                self.shutdown()
            case _Phase.ARRIVING if spent_seconds > limits.request_seconds:
                detail = "the request took too long to arrive"
                status = HTTPStatus.REQUEST_TIMEOUT
                self._hang_up(problem(status, detail=detail, code="request_timed_out"))
            case _Phase.ANSWERING if spent_seconds > limits.answer_seconds:
                self._give_up_answering()
            case _Phase.LEAVING if spent_seconds > _HANG_UP_SECONDS:
                self.transport.abort()
            case _:
                pass

    async def _answer(
        self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        target_bytes = len(scope["raw_path"]) + len(scope["query_string"])
        if refusal := refusal_of_head(target_bytes, self.headers):
            self._hang_up(refusal)
            return
        cycle = self.cycle
        if cycle.disconnected:  # it was hung up on before this began
            return
        task = self._task = asyncio.current_task()
        try:
            await self._application(scope, receive, send)
        except asyncio.CancelledError:
            # Raised once more it would be taken for a mistake of ours.
            if not cycle.disconnected:  # by nobody here: the server ends
                self._hang_up(_shutting_down())
        finally:
            if self._task is task:  # else the next request has begun
                self._task = None

    def _is_silent(self) -> bool:
        # Between two requests uvicorn has a clock of its own. It has none before the first, nor
        # after a body that came when its request was answered already.
        return self.timeout_keep_alive_task is None

    def _phase_now(self) -> _Phase:
        if self.transport.is_closing():
            return _Phase.LEAVING
        if self.conn.their_state is h11.SEND_BODY:
            return _Phase.ARRIVING
        if self._unanswered() is not None:
            return _Phase.ANSWERING
        return _Phase.ARRIVING if self.conn.trailing_data[0] else _Phase.WAITING

    def _unanswered(self) -> RequestResponseCycle | None:
        cycle: Any = self.cycle  # None before the first request, whatever its type says
        return cycle if cycle is not None and not cycle.response_complete else None

    def _follow(self) -> None:
        phase = self._phase_now()
        if phase is self._phase:
            return
        self._phase = phase
        self._since = self.server_state.seconds
        if phase is not _Phase.ARRIVING:
            self.server_state.expect_no_longer(self)
        if phase in {_Phase.WAITING, _Phase.ARRIVING}:
            self.server_state.expect_request(self)

    def _give_up_answering(self) -> None:
        answer = _unavailable(code="answer_timed_out", detail="the answer took too long")
        fields = {
            "code": "answer_timed_out",
            "method": self.scope["method"],
            "path": self.scope["path"],
        }
        _log.warning("request failed", extra=fields)
        self._hang_up(answer)
        if self._task is not None:
            self._task.cancel()

    def _hang_up(self, answer: Response) -> None:
        """Answer in the application's place, where it has not begun to, and close."""
        unanswered = self._unanswered()
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            is_head = unanswered is not None and self.scope["method"] == "HEAD"
            events = [
                h11.Response(
                    status_code=answer.status_code,
                    headers=[
                        *self.server_state.default_headers,
                        *answer.raw_headers,
                        *ANSWER_HEADERS,
                        CLOSE_HEADER,
                    ],
                    reason=title_of(HTTPStatus(answer.status_code)).encode(),
                ),
                h11.Data(data=b"" if is_head else bytes(answer.body)),
                h11.EndOfMessage(),
            ]
            self.transport.write(b"".join(self.conn.send(each) or b"" for each in events))
        if unanswered is not None:
            unanswered.disconnected = True
            unanswered.message_event.set()
        self.transport.close()
        self._follow()


def _no_room() -> Response:
    return _unavailable(code="too_busy", detail="there is no room for so large a request now")


def _shutting_down() -> Response:
    return _unavailable(code="shutting_down", detail="the server is being stopped")


def _unavailable(code: str, detail: str) -> Response:
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        detail=f"{detail}; sending the request again is safe",
        code=code,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
