"""The template as a whole."""

from __future__ import annotations

import re

from bundle_upload import functions_in, with_code
from cfnlint.api import lint_file
from deployment import TEMPLATE, template_text
from samtranslator.yaml_helper import yaml_parse
from tests.infra.template_reading import of_type, written

_MOST_BYTES = 51_200  # that CloudFormation takes without a bucket


def test_cfn_lint_finds_nothing() -> None:
    assert [str(each) for each in lint_file(TEMPLATE)] == []


def test_it_is_small_enough_to_be_sent() -> None:
    text = template_text()
    longest = f"s3://{'bucket' * 10}/{{}}/{'0' * 64}.zip"

    sent = with_code(text, {name: longest.format(name) for name in functions_in(text)})

    assert len(sent.encode()) < _MOST_BYTES


def test_nothing_but_comments_is_left_out_when_it_is_sent() -> None:
    assert yaml_parse(template_text()) == written()
    assert "# " in TEMPLATE.read_text("utf-8")


def test_it_gives_what_a_client_has_to_know() -> None:
    assert {"ApiUrl", "EventBusName", "QueueUrl", "DeadLetterQueueUrl", "TableName"} <= set(
        written()["Outputs"]
    )


def test_every_parameter_is_documented_and_every_documented_one_exists() -> None:
    text = (TEMPLATE.parents[1] / "docs" / "Operations.md").read_text("utf-8")
    _, _, deploying = text.partition("| parameter |")
    table, _, _ = deploying.partition("\n\n")

    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(written()["Parameters"])


def test_every_alarm_is_documented_and_every_documented_one_exists() -> None:
    text = (TEMPLATE.parents[1] / "docs" / "Operations.md").read_text("utf-8")
    alarms = of_type(written()["Resources"], "AWS::CloudWatch::Alarm").values()

    documented = re.findall(r"^\| `(loyalty-[\w-]+)` \|", text, re.MULTILINE)
    assert sorted(documented) == sorted(each["AlarmName"] for each in alarms)
