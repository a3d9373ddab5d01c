"""The lock of a folder, where nothing can be written into it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import resource, sys
from pathlib import Path
from loyalty_server.folder_lock import only_server_in
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
with only_server_in(Path(sys.argv[1])) as name_us:
    name_us()
    print("served")
print("ended")
"""


def test_where_there_is_no_room_for_a_name_the_folder_is_locked_without(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _PROGRAM, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr, done.returncode) == ("served\nended\n", "", 0)
    assert (tmp_path / "server.lock").read_bytes() == b""
