"""The template as it is written, and as CloudFormation gets it."""

from __future__ import annotations

import json
from functools import cache
from types import SimpleNamespace
from typing import Any

from bundle_upload import functions_in, with_code
from deployment import TEMPLATE, template_text
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

Resources = dict[str, dict[str, Any]]


@cache
def written() -> dict[str, Any]:
    template: dict[str, Any] = yaml_parse(TEMPLATE.read_text("utf-8"))
    return template


@cache
def deployed(**parameters: str) -> Resources:
    """Give the resources once SAM has made functions, versions and mappings of its own."""
    text = template_text()
    located = with_code(text, {name: f"s3://bucket/{name}" for name in functions_in(text)})
    no_managed_policies = SimpleNamespace(load=dict)
    expanded = transform(yaml_parse(located), parameters, no_managed_policies)
    resources: Resources = expanded["Resources"]
    return resources


def of_type(resources: Resources, kind: str) -> Resources:
    """Give the properties of the resources of a type."""
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == kind
    }


def functions() -> Resources:
    return of_type(written()["Resources"], "AWS::Serverless::Function")


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = written()["Resources"][name]["Properties"]
    return found


def attribute(resource: str, name: str = "Arn") -> dict[str, Any]:
    return {"Fn::GetAtt": [resource, name]}


def as_text(value: object) -> str:
    """Write a value, so that two can be compared and kept in a set."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
