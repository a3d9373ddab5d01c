"""Delete what `infra/deploy.py` made, all but the table and the bucket of the bundles.

python infra/destroy.py [--stack NAME] --yes

Ends with 1, and says why, where it does not succeed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from deployment import DeploymentFailed, StackClient, destroy


def main(words: Sequence[str] | None = None) -> int:
    """Delete as the command line says; return an exit status."""
    parser = argparse.ArgumentParser(description="Delete the service from AWS; the table stays.")
    parser.add_argument("--stack", default="loyalty", help="its name (default: loyalty)")
    parser.add_argument("--yes", action="store_true", help="do it, whatever waits in the queues")
    arguments = parser.parse_args(words)
    if not arguments.yes:
        print(
            f"destroy: this deletes the stack {arguments.stack} with its queues and what waits in"
            " them; the table stays. Say --yes to do it.",
            file=sys.stderr,
        )
        return 1
    try:
        with closing(boto3.Session().client("cloudformation")) as formation:
            destroy(StackClient(formation, arguments.stack))
    except (DeploymentFailed, BotoCoreError, ClientError) as error:
        print(f"destroy: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
