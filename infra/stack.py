"""Run the deployed system on this machine, on an emulator, until Ctrl-C.

python infra/stack.py [--program FILE]

Prints one JSON object on one line once all is ready: the outputs of the template (`ApiUrl`,
`EventBusName`, `QueueUrl`, `DeadLetterQueueUrl`, `TableName` …), and how to get in: `Token` for the
API, `TokenUrl` for other tokens, and for AWS itself `EndpointUrl`, `Region`, `AccessKeyId`,
`SecretAccessKey`. Nothing of it reaches AWS, and nothing stays. Ends with 1, and says why, where a
bundle cannot be built or the template not be deployed.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.append(str(Path(__file__).parents[1]))  # the emulator is a part of the tests

from tests.aws_stack import StackFailed, build_bundles, running_stack

_READY = """Ready; Ctrl-C ends it. In another terminal:

  export API_URL={ApiUrl}
  export TOKEN={Token}
  curl -H "Authorization: Bearer $TOKEN" $API_URL/loyalty/points/ann
"""


def main() -> int:
    """Serve until asked to stop; return an exit status."""
    parser = argparse.ArgumentParser(description="Run the deployed system on an emulator of AWS.")
    parser.add_argument(
        "--program", type=Path, metavar="FILE", help="a program to run; default: the default one"
    )
    program = parser.parse_args().program
    # One way to end: what ends the process by a signal ends it as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with TemporaryDirectory(prefix="loyalty-stack-") as folder:
            print("Building the bundles …", file=sys.stderr)
            build_bundles(Path(folder), program)
            print("Deploying the template …", file=sys.stderr)
            with running_stack(Path(folder)) as outputs:
                print(json.dumps(outputs), flush=True)
                print(_READY.format_map(outputs), file=sys.stderr)
                signal.pause()
    except StackFailed as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing is kept.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
