"""Bundles in a bucket, and a template that refers to them there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_s3 import S3Client

_CODE = re.compile(r"^(?P<key> +CodeUri: )\.\./dist/(?P<function>[\w-]+)\.zip$", re.MULTILINE)


def functions_in(template: str) -> list[str]:
    """List the functions whose bundles a template refers to."""
    return [found["function"] for found in _CODE.finditer(template)]


def with_code(template: str, locations: Mapping[str, str]) -> str:
    """Let a template refer to bundles by their addresses, each by the name of its function."""

    def located(found: re.Match[str]) -> str:
        return f"{found['key']}{locations[found['function']]}"

    return _CODE.sub(located, template)


def make_bucket(client: S3Client, name: str, region: str) -> None:
    """Make a private bucket, unless it is there and this account's."""
    try:
        if region == "us-east-1":  # which is no constraint to S3
            client.create_bucket(Bucket=name)
        else:
            client.create_bucket(
                Bucket=name,
                CreateBucketConfiguration={"LocationConstraint": region},  # type: ignore[typeddict-item] # any region
            )
    except client.exceptions.BucketAlreadyOwnedByYou:
        return
    client.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )


def upload(client: S3Client, bucket: str, bundles: Mapping[str, Path]) -> dict[str, str]:
    """Put bundles into a bucket under the hash of what is in them, and give their addresses.

    So a bundle that did not change has the address that it had, and its function stays as it is.
    """
    locations = {}
    for function, bundle in bundles.items():
        content = bundle.read_bytes()
        key = f"{function}/{hashlib.sha256(content).hexdigest()}.zip"
        client.put_object(Bucket=bucket, Key=key, Body=content)
        locations[function] = f"s3://{bucket}/{key}"
    return locations
