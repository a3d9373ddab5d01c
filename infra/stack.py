"""Run the deployed system on this machine, on an emulator, until Ctrl-C.

python infra/stack.py

Prints one JSON object on one line once all is ready: the outputs of the template (`ApiUrl`,
`EventBusName`, `QueueUrl`, `DeadLetterQueueUrl`, `TableName` …), and how to get in: `EndpointUrl`,
`Region`, `AccessKeyId`, `SecretAccessKey`. Nothing of it reaches AWS, and nothing stays.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.append(str(Path(__file__).parents[1]))  # the emulator is a part of the tests

from tests.aws_stack import build_bundles, running_stack


def main() -> int:
    """Serve until asked to stop; return an exit status."""
    # One way to end: what ends the process by a signal ends it as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with TemporaryDirectory(prefix="loyalty-stack-") as folder:
            print("Building the bundles …", file=sys.stderr)
            build_bundles(Path(folder))
            print("Deploying the template …", file=sys.stderr)
            with running_stack(Path(folder)) as outputs:
                print(json.dumps(outputs), flush=True)
                print("Ready; Ctrl-C ends it.", file=sys.stderr)
                signal.pause()
    except KeyboardInterrupt:
        print("Stopped; nothing is kept.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
