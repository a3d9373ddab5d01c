"""The issuer's keys, kept: fetched again when they are old, or when a token names another one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from anyio import Lock

from loyalty_api.access.errors import IssuerUnavailable
from loyalty_api.access.fetching import CannotFetch
from loyalty_api.access.key_sets import Key, KeyName, KeySet
from loyalty_api.services import Run
from loyalty_shared.service.ports import Clock

_OLD = timedelta(hours=1)  # so that a key which the issuer withdrew is not trusted for longer
_PAUSE = timedelta(minutes=1)  # whatever kids strangers make up, the issuer is asked no more often
_PAUSE_WITHOUT_KEYS = timedelta(seconds=5)  # nobody can be let in before the first answer

_log = logging.getLogger("loyalty")


class IssuerKeys:
    """Keys by what tokens say of them, loaded by `load` where `run` lets it wait.

    Only who needs a key that is not there waits; while old keys are fetched anew, they do for
    everybody else. An issuer that is away keeps the keys that it had.
    """

    def __init__(self, load: Callable[[], KeySet], run: Run, clock: Clock) -> None:
        self._load = load
        self._run = run
        self._clock = clock
        self._keys: KeySet = {}
        self._loaded_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._loading = Lock()

    async def find(self, name: KeyName) -> Key | None:
        """Give a key of the issuer, or None when it has none of that name.

        Raises:
            IssuerUnavailable: when no key was ever had.
        """
        if not self._is_due(name) or (name in self._keys and self._loading.locked()):
            return self._known(name)
        async with self._loading:
            if self._is_due(name):  # nobody did it while this one waited
                await self._fetch()
        return self._known(name)

    def _known(self, name: KeyName) -> Key | None:
        if not self._keys:
            raise IssuerUnavailable("the keys of the issuer cannot be had")
        return self._keys.get(name)

    def _is_due(self, name: KeyName) -> bool:
        if name in self._keys and not self._is_past(self._loaded_at, _OLD):
            return False
        return self._is_past(self._tried_at, _PAUSE if self._keys else _PAUSE_WITHOUT_KEYS)

    def _is_past(self, moment: datetime | None, span: timedelta) -> bool:
        # Either way: a clock that was set back must not make keys good for ever.
        return moment is None or abs(self._clock() - moment) >= span

    async def _fetch(self) -> None:
        try:
            self._keys = await self._run(self._load)
            self._loaded_at = self._clock()
        except CannotFetch as error:
            _log.warning("issuer keys", extra={"reason": str(error), "kept": len(self._keys)})
        finally:
            self._tried_at = self._clock()
