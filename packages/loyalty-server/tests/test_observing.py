"""What the server logs, at the level that it is told."""

from __future__ import annotations

import json
import subprocess
import sys

_PROGRAM = """
import logging
from loyalty_server.observing import log_json
log_json("DEBUG")
for name in ("botocore.auth", "urllib3", "loyalty", "loyalty_server.worker"):
    logging.getLogger(name).debug("sent")
try:
    {}["ann@shop.example"]
except KeyError:
    logging.getLogger("loyalty").exception("failed")
"""


def test_at_debug_it_tells_more_of_itself_and_not_what_boto3_sends() -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True
    )

    *sent, failed = (json.loads(line) for line in done.stderr.splitlines())
    assert [each["logger"] for each in sent] == ["loyalty", "loyalty_server.worker"]
    assert failed["exc_info"].startswith("Traceback")
    assert failed["exc_info"].endswith("KeyError")
