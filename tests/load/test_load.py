"""A short run of the load: what holds for minutes and hours holds here, or it would not there."""

from __future__ import annotations

from pathlib import Path

from tests.load.load import load

_SECONDS = 12
_CONNECTIONS = 16
# The first requests fill caches: of code, of SQLite's pages, of members. What grows with each
# request for ever is more than this by far, from the middle of a run to its end.
_MOST_GROWTH_MEBIBYTES = 12


def test_under_mixed_load_memory_stays_flat_and_every_point_is_where_it_belongs(
    tmp_path: Path,
) -> None:
    loaded = load(tmp_path, _SECONDS, _CONNECTIONS)

    assert loaded.seen.wrong == {}
    assert loaded.differing == []
    assert loaded.is_whole
    assert loaded.logged == ""
    assert set(loaded.seen.seconds) == {"event", "points", "account", "history", "redemption"}
    assert min(len(each) for each in loaded.seen.seconds.values()) >= 10
    growth = loaded.resident_at(1.0) - loaded.resident_at(0.5)
    assert growth < _MOST_GROWTH_MEBIBYTES
