"""A handler's first answer in a new process beside a process that only makes a client."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bench_settings import Bench
from capacity_meter import emulated_client, emulated_store
from measuring import interleaved
from processes import ANSWERS, Ended, run_to_its_answer
from results import Line, Reach, Row, compared
from tests.aws_emulator import running_emulator
from tests.aws_stack import access_to, build_bundles

_TABLE = "LoyaltyPoints"

_BARE = f"""
import boto3

boto3.client("dynamodb")
{ANSWERS}"""
_PROCESSOR = f"""
import json, sys
from loyalty_event_processor.aws import handler

answer = handler(json.loads(sys.argv[1]), None)
assert answer == {{"batchItemFailures": []}}, answer
{ANSWERS}"""
_API = f"""
import json, sys
from loyalty_api.aws import handler

answer = handler(json.loads(sys.argv[1]), None)
assert answer["statusCode"] == 200, answer
{ANSWERS}"""
_QUESTION = {
    "version": "2.0",
    "rawPath": "/loyalty/points/ann",
    "rawQueryString": "",
    "headers": {"host": "api.example"},
    "requestContext": {
        "http": {
            "method": "GET",
            "path": "/loyalty/points/ann",
            "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.1",
        },
        "stage": "$default",
    },
    "isBase64Encoded": False,
}


def measure(bench: Bench) -> Row:
    """Start processes on the unzipped bundles, as Lambda does, and wait for their first answers."""
    with bench.new_folder() as folder, running_emulator() as endpoint:
        bench.tell("building the bundles")
        build_bundles(folder)
        with closing(emulated_client(endpoint)) as client:
            emulated_store(client, _TABLE)
        environment = {
            **access_to(endpoint),
            "LOYALTY_STORE": f"dynamodb:{_TABLE}",
            "LOYALTY_QUEUE_URL": f"{endpoint}/000000000000/loyalty-events",
            "LOYALTY_DEAD_LETTER_QUEUE_URL": f"{endpoint}/000000000000/loyalty-dead-letters",
        }
        processor = _unzipped(folder, "loyalty-event-processor")
        api = _unzipped(folder, "loyalty-api")

        def start(program: str, bundle: Path, word: str) -> Callable[[], Ended]:
            # As in Lambda: no bytecode can be written beside what is in the bundle.
            more = {"PYTHONPATH": str(bundle), "PYTHONDONTWRITEBYTECODE": "1"}
            command = [sys.executable, "-c", program, word]
            return lambda: run_to_its_answer(command, {**environment, **more})

        runs = {
            "bare": start(_BARE, folder, ""),
            "processor": start(_PROCESSOR, processor, json.dumps(_batch())),
            "api": start(_API, api, json.dumps(_QUESTION)),
        }
        for run in runs.values():
            run()  # not counted: files come from the disk
        found = interleaved(bench.rounds * 2, runs, bench.tell)
        bench.tell("without bytecode")
        for each in (processor, api):
            for cache in list(each.rglob("__pycache__")):
                shutil.rmtree(cache)
        plain = interleaved(bench.rounds * 2, runs, bench.tell)
    return Row(
        "cold start of a handler, process start to first answer",
        "a process that imports boto3, makes a client and answers",
        (
            *_lines("processor", found["processor"], found["bare"], Reach("≤", 1.25)),
            *_lines("API", found["api"], found["bare"], Reach("≤", 1.7)),
            *_lines("processor without bytecode", plain["processor"], plain["bare"], None),
            *_lines("API without bytecode", plain["api"], plain["bare"], None),
        ),
        "From the bundles that `poe build` makes, unzipped, built for this machine; boto3 is this"
        " environment's, as on Lambda the runtime's. The handlers' first answers wait for the"
        " emulator (a purchase: three requests; a balance: one); the bare process asks nothing."
        " What the bundles' bytecode brings is shown by leaving it out.",
    )


def _lines(
    name: str, ours: list[Ended], bare: list[Ended], reach: Reach | None
) -> tuple[Line, Line, Line]:
    def part(field: str, times: float) -> tuple[list[float], list[float]]:
        both = ours, bare
        first, second = ([times * getattr(each, field) for each in ended] for ended in both)
        return first, second

    return (
        compared(name, "ms", *part("seconds", 1e3), reach),
        compared(f"{name}, CPU time", "ms", *part("cpu_seconds", 1e3)),
        compared(f"{name}, memory", "MiB", *part("peak_mebibytes", 1), reach),
    )


def _batch() -> dict[str, object]:
    detail = {"userId": "ann", "orderId": "o-1", "transactionId": "t-1", "totalAmount": 12.5}
    record = {
        "messageId": "m-1",
        "body": json.dumps({"detail-type": "OrderCompleted", "detail": detail}),
        "attributes": {"SentTimestamp": "1780000000000"},
    }
    return {"Records": [record]}


def _unzipped(folder: Path, name: str) -> Path:
    with zipfile.ZipFile(folder / f"{name}.zip") as bundle:
        bundle.extractall(folder / name)
    return folder / name
