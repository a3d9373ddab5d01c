"""One folder, one server: whoever comes second is told so, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.crash.running import RunningServer, event, refused, run

Serve = Callable[..., RunningServer]


@pytest.fixture
def other_names(folder: Path, tmp_path: Path) -> list[Path]:
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "beside").mkdir()
    return [folder, tmp_path / "link", tmp_path / "beside" / ".." / folder.name]


def test_the_second_server_is_refused_by_whatever_name_it_knows_the_folder(
    serve: Serve, folder: Path, other_names: list[Path], rules: Path
) -> None:
    server = serve("--program", str(rules))
    before = (folder / "program.json").read_bytes()
    other_rules = rules.with_name("other.yaml")
    other_rules.write_text(rules.read_text().replace("points_per_unit: 1", "points_per_unit: 9"))

    for name in other_names:
        line = refused("serve", "--port", "0", "--data", name, "--program", other_rules)

        assert line == (
            f"loyalty: another server (process {server.process.pid}) has the folder {name};"
            " --data takes another one"
        )

    assert (folder / "program.json").read_bytes() == before  # what is in use is not what it wanted
    server.client.post("/loyalty/events", json=event("ann", "o-1", 7))
    server.wait_until_processed()
    assert server.client.get("/loyalty/points/ann").json()["points"] == 7


def test_a_folder_is_free_as_soon_as_its_server_was_killed(serve: Serve) -> None:
    for number in range(3):
        server = serve()
        server.client.post("/loyalty/events", json=event("ann", f"o-{number}", 1))
        server.kill()

    again = serve()

    again.wait_until_processed()
    assert again.client.get("/loyalty/points/ann").json()["points"] == 3


def test_a_lock_that_says_nothing_of_its_server_is_a_lock_all_the_same(
    serve: Serve, folder: Path
) -> None:
    serve()
    (folder / "server.lock").write_bytes(b"")  # as on a full disk, or by an older release

    line = refused("serve", "--port", "0", "--data", folder)

    assert line == f"loyalty: another server has the folder {folder}; --data takes another one"


def test_a_backup_is_not_put_where_a_server_is(serve: Serve, folder: Path, tmp_path: Path) -> None:
    server = serve()
    run("backup", tmp_path / "saved.tar", "--data", folder)

    assert f"another server (process {server.process.pid}) has the folder" in refused(
        "restore", tmp_path / "saved.tar", "--data", folder
    )


def test_files_are_ingested_beside_a_server_by_a_link_to_its_folder(
    serve: Serve, folder: Path, other_names: list[Path], tmp_path: Path
) -> None:
    server = serve()
    file = tmp_path / "events.jsonl"
    lines = (json.dumps(event("ann", f"file-{number}")) for number in range(300))
    file.write_text("".join(f"{each}\n" for each in lines))
    for number in range(20):
        server.client.post("/loyalty/events", json=event("ann", f"http-{number}"))

    run("ingest", file, "--data", other_names[1])

    server.wait_until_processed()
    assert server.client.get("/loyalty/points/ann").json()["points"] == 320
    assert other_names[1].samefile(folder)
    assert json.loads(run("verify", "--data", folder, "--json").stdout)["entries"] == 320
