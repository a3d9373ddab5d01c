"""From botocore's errors to ours: what the store cannot do now is `StoreUnavailable`.

What stays as it is says that a request of ours is wrong, which no later try can mend.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from loyalty_shared.domain.errors import StoreUnavailable

_SERVER_ERROR = 500

# Asked for less. botocore has tried several times before it raises one of these.
_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
# No answer until someone sets up the table or who may use it; what waits in a queue can wait on.
_NOT_SET_UP = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "ResourceNotFoundException",
        "UnrecognizedClientException",
    }
)
_FOR_NOW = _THROTTLED | _NOT_SET_UP


@contextmanager
def as_store_errors(table: str) -> Iterator[None]:
    """Turn errors that mean no answer for now into `StoreUnavailable`, which names the table."""
    try:
        yield
    except ClientError as error:
        if _is_for_now(error):
            raise StoreUnavailable(f"DynamoDB table {table}: {error}") from error
        raise
    except ParamValidationError:  # of a client that checks: a mistake of ours
        raise
    except BotoCoreError as error:  # time is up, no connection, no credentials, no region
        raise StoreUnavailable(f"DynamoDB table {table}: {error}") from error


def _is_for_now(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= _SERVER_ERROR or error.response["Error"]["Code"] in _FOR_NOW
