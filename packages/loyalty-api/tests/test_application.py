from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from opentelemetry import metrics, trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from loyalty_api.application import create_app
from loyalty_api.services import Inbox, Services, run_inline
from loyalty_shared.service.ledger import Ledger


def test_who_else_in_the_process_watches_requests_is_told_of_none(
    ledger: Ledger, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Tracers(TracerProvider):
        def get_tracer(self, *args: object, **_more: object) -> trace.Tracer:
            asked.append(args)
            return trace.NoOpTracer()

    class Meters(MeterProvider):
        def get_meter(self, *args: object, **_more: object) -> metrics.Meter:
            asked.append(args)
            return metrics.NoOpMeter("other")

    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setattr(trace, "get_tracer_provider", Tracers)
    monkeypatch.setattr(metrics, "get_meter_provider", Meters)

    with TestClient(create_app(Services(ledger, inbox, run_inline, run_inline))) as client:
        assert client.get("/loyalty/points/ann").json() == {"userId": "ann", "points": 0}

    assert asked == []
