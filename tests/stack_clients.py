"""A running stack as its clients have it: what `poe stack` printed, boto3 and HTTP."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

import boto3
import httpx2
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Stack:
    """A running stack, by its outputs."""

    outputs: Mapping[str, str]

    @property
    def endpoint(self) -> str:
        """Where AWS answers; every client of a session needs it as its `endpoint_url`."""
        return self.outputs["EndpointUrl"]

    @property
    def region(self) -> str:
        return self.outputs["Region"]

    @property
    def owner(self) -> Credentials:
        """Who may do everything."""
        return Credentials(self.outputs["AccessKeyId"], self.outputs["SecretAccessKey"])

    def session(self, who: Credentials | None = None) -> boto3.Session:
        """Give a session of somebody, or of the owner."""
        keys = who or self.owner
        return boto3.Session(keys.access_key, keys.secret_key, keys.token, self.region)

    def api(self, auth: httpx2.Auth | None) -> httpx2.Client:
        """Give a client of the API, of nobody in particular where there is no `auth`."""
        return httpx2.Client(base_url=self.outputs["ApiUrl"], auth=auth, timeout=_PATIENCE_SECONDS)

    def signed(self, who: Credentials | None = None) -> SignedWithIam:
        """Give what lets somebody, or the owner, call the API while it takes no tokens."""
        return SignedWithIam(who or self.owner, self.region)


class SignedWithIam(httpx2.Auth):
    """Signs requests to an API whose routes ask for IAM."""

    requires_request_body = True

    def __init__(self, who: Credentials, region: str) -> None:
        self._signer = SigV4Auth(who, "execute-api", region)

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Sign a request."""
        signed = AWSRequest(request.method, str(request.url), data=request.content)
        self._signer.add_auth(signed)
        request.headers.update(dict(signed.headers))
        yield request
