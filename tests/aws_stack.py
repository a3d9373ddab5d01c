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
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import boto3
from tests.aws_emulator import REGION, running_emulator
from tests.token_issuer import AUDIENCE, TokenIssuer, running_issuer

WORKSPACE = Path(__file__).parents[1]

_OWNER = {"AccessKeyId": "test", "SecretAccessKey": "test"}  # of the emulator's account
_PARAMETERS = (
    "ProcessorMaximumConcurrency=2",  # each run is a process on this machine
    "OrderEventsKeptDays=0",  # the emulator's CloudFormation has no archives
)
_A_DAYS_WORK_SECONDS = 12 * 3600


class StackFailed(Exception):
    """A bundle could not be built, or the template not be deployed; says why."""


def build_bundles(folder: Path, program: Path | None = None) -> None:
    """Build the bundle of every function, as `poe build` does, but for this machine.

    Raises:
        StackFailed: when they cannot be built.
    """
    words = ["--platform", "this", "--into", str(folder)]
    if program:
        words += ["--program", str(program.absolute())]
    _run("infra/build.py", *words)


@contextmanager
def running_stack(bundles: Path) -> Iterator[dict[str, str]]:
    """Run an issuer of tokens and an emulator that checks IAM, and deploy the template to it.

    Gives the outputs of the template, with addresses that answer, and how to get in: `Token` and
    `TokenUrl`, `EndpointUrl`, `Region`, and the keys of who may do everything.

    Raises:
        StackFailed: when it cannot be deployed.
    """
    with running_issuer() as issuer, running_emulator(with_iam=True) as endpoint:
        tokens = [f"JwtIssuer={issuer.url}", f"JwtAudience={AUDIENCE}"]
        words = ["--bundles", str(bundles), *_PARAMETERS, *tokens]
        outputs = json.loads(_run("infra/deploy.py", *words, environment=access_to(endpoint)))
        session = boto3.Session(
            _OWNER["AccessKeyId"], _OWNER["SecretAccessKey"], region_name=REGION
        )
        _mend_concurrency(session, endpoint)
        _mend_batches(session, endpoint)
        _mend_transport(session, endpoint)
        api_id = re.match(r"https://(\w+)\.execute-api\.", outputs["ApiUrl"])
        assert api_id, outputs
        api = f"{endpoint}/_aws/execute-api/{api_id[1]}"
        access = {"EndpointUrl": endpoint, "Region": REGION, **_OWNER}
        yield {**outputs, "ApiUrl": api, **_tokens_of(issuer), **access}


def _tokens_of(issuer: TokenIssuer) -> dict[str, str]:
    now = time.time()
    everything = issuer.token(
        now, sub="owner", scope="loyalty:admin", exp=int(now) + _A_DAYS_WORK_SECONDS
    )
    return {"Token": everything, "TokenUrl": issuer.token_url}


def access_to(endpoint: str) -> dict[str, str]:
    """Give the variables with which boto3 speaks to an emulator, as its owner."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": _OWNER["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": _OWNER["SecretAccessKey"],
    }


def _run(program: str, *words: str, environment: Mapping[str, str] | None = None) -> str:
    # Nothing of it must reach an AWS that this machine has access to.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(  # noqa: S603 - our own programs
        [sys.executable, program, *words],
        cwd=WORKSPACE,
        env={**inherited, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StackFailed(done.stderr.strip())
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


def _mend_transport(session: boto3.Session, endpoint: str) -> None:
    # It speaks without TLS, and denies it as the queues' policies say.
    with closing(session.client("sqs", endpoint_url=endpoint)) as queues:
        for url in queues.list_queues()["QueueUrls"]:
            found = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
            policy = json.loads(found["Attributes"]["Policy"])
            policy["Statement"] = [
                each for each in policy["Statement"] if each["Effect"] == "Allow"
            ]
            queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
