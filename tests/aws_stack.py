"""infra/template.yaml deployed to the emulator, with bundles built for this machine.

It is built and deployed by the programs that a user has for it. `poe stack` runs this; the
end-to-end tests run that.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import boto3
from tests.aws_emulator import REGION, running_emulator

WORKSPACE = Path(__file__).parents[1]

_OWNER = {"AccessKeyId": "test", "SecretAccessKey": "test"}  # of the emulator's account
_FEW_AT_A_TIME = "ProcessorMaximumConcurrency=2"  # each run is a process on this machine


def build_bundles(folder: Path) -> None:
    """Build the bundle of every function, as `poe build` does, but for this machine."""
    _run("infra/build.py", "--platform", "this", "--into", folder)


@contextmanager
def running_stack(bundles: Path, **parameters: str) -> Iterator[dict[str, str]]:
    """Run an emulator that checks IAM, and deploy the template to it.

    Gives the outputs of the template, with addresses that answer, and how to get in: `EndpointUrl`,
    `Region`, and the keys of who may do everything.
    """
    with running_emulator(with_iam=True) as endpoint:
        given = [f"{name}={value}" for name, value in parameters.items()]
        words = ["--bundles", str(bundles), _FEW_AT_A_TIME, *given]
        outputs = json.loads(_run("infra/deploy.py", *words, environment=access_to(endpoint)))
        session = boto3.Session(
            _OWNER["AccessKeyId"], _OWNER["SecretAccessKey"], region_name=REGION
        )
        _mend_concurrency(session, endpoint)
        _mend_batches(session, endpoint)
        api_id = re.match(r"https://(\w+)\.execute-api\.", outputs["ApiUrl"])
        assert api_id, outputs
        api = f"{endpoint}/_aws/execute-api/{api_id[1]}"
        yield {**outputs, "ApiUrl": api, "EndpointUrl": endpoint, "Region": REGION, **_OWNER}


def access_to(endpoint: str) -> dict[str, str]:
    """Give the variables with which boto3 speaks to an emulator, as its owner."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": _OWNER["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": _OWNER["SecretAccessKey"],
    }


def _run(program: str, *words: str | Path, environment: Mapping[str, str] | None = None) -> str:
    # Nothing of it must reach an AWS that this machine has access to.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(  # noqa: S603 - our own programs
        [sys.executable, program, *map(str, words)],
        cwd=WORKSPACE,
        env={**inherited, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program}: {done.stderr}")
    return done.stdout


# What the emulator does otherwise than AWS, and the service cannot work with.


def _mend_concurrency(session: boto3.Session, endpoint: str) -> None:
    # It keeps a number that a parameter gives as a text, and then never reads the queue.
    with closing(session.client("lambda", endpoint_url=endpoint)) as functions:
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            if "ScalingConfig" in mapping:
                limit = int(mapping["ScalingConfig"]["MaximumConcurrency"])
                functions.update_event_source_mapping(
                    UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": limit}
                )


def _mend_batches(session: boto3.Session, endpoint: str) -> None:
    # On AWS `sqs:SendMessage` allows batches too, and no action SendMessageBatch can be allowed.
    # The emulator asks for that one.
    statement = {"Effect": "Allow", "Action": "sqs:SendMessageBatch", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with (
        closing(session.client("lambda", endpoint_url=endpoint)) as functions,
        closing(session.client("iam", endpoint_url=endpoint)) as access,
    ):
        role = functions.get_function_configuration(FunctionName="loyalty-api")["Role"]
        access.put_role_policy(
            RoleName=role.rpartition("/")[2],
            PolicyName="batches-on-the-emulator",
            PolicyDocument=policy,
        )
