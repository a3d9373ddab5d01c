"""Deploy the service to the AWS account and region that boto3 finds, and show what it is called.

python infra/deploy.py [--stack NAME] [--bucket NAME] [--bundles DIR] [PARAMETER=VALUE ...]

The parameters are those of infra/template.yaml, such as JwtIssuer=https://login.example.com/. One
that is not given keeps the value it has, but for ProgramFile, which follows from the bundles. Ends
with 1, and says why, where it does not succeed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from bundle_upload import functions_in, make_bucket, upload, with_code
from bundled_program import with_program
from deployment import DeploymentFailed, StackClient, deploy, parameters_of, template_text

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_s3 import S3Client

_BUNDLES = Path(__file__).parents[1] / "dist"


def main(words: Sequence[str] | None = None) -> int:
    """Deploy as the command line says; return an exit status."""
    parser = argparse.ArgumentParser(
        description="Deploy the service to AWS.",
        epilog="Parameters: see infra/template.yaml, or docs/Operations.md.",
    )
    parser.add_argument("--stack", default="loyalty", help="its name (default: loyalty)")
    parser.add_argument(
        "--bucket",
        help="where the bundles go (default: loyalty-bundles-ACCOUNT-REGION, made if missing)",
    )
    parser.add_argument(
        "--bundles",
        type=Path,
        default=_BUNDLES,
        metavar="DIR",
        help="what to deploy (default: dist)",
    )
    parser.add_argument("parameters", nargs="*", type=_parameter, metavar="PARAMETER=VALUE")
    arguments = parser.parse_args(words)
    try:
        outputs = _deploy(
            arguments.stack, arguments.bucket, arguments.bundles, dict(arguments.parameters)
        )
    except (DeploymentFailed, BotoCoreError, ClientError) as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 1
    print(json.dumps(outputs, indent=2))
    return 0


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form PARAMETER=VALUE")
    return name, value


def _deploy(
    stack: str, bucket: str | None, folder: Path, parameters: Mapping[str, str]
) -> dict[str, str]:
    template = template_text()
    bundles = {name: folder / f"{name}.zip" for name in functions_in(template)}
    missing = [str(bundle) for bundle in bundles.values() if not bundle.exists()]
    if missing:
        raise DeploymentFailed(f"run `poe build` first; there is no {', '.join(missing)}")
    session = boto3.Session()
    with (
        closing(session.client("cloudformation")) as formation,
        closing(session.client("s3")) as storage,
    ):
        client = StackClient(formation, stack)
        parameters = with_program(parameters, parameters_of(client) or {}, bundles)
        locations = upload(storage, bucket or _own_bucket(session, storage), bundles)
        return deploy(client, with_code(template, locations), parameters)


def _own_bucket(session: boto3.Session, storage: S3Client) -> str:
    region = storage.meta.region_name
    with closing(session.client("sts")) as identity:
        account = identity.get_caller_identity()["Account"]
    name = f"loyalty-bundles-{account}-{region}"
    make_bucket(storage, name, region)
    return name


if __name__ == "__main__":
    sys.exit(main())
