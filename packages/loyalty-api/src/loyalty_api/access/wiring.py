"""Put the check of tokens together, as settings say. Importing this imports the cryptography."""

from __future__ import annotations

from loyalty_api.access.fetching import fetch
from loyalty_api.access.guard import Guard, make_guard
from loyalty_api.access.issuer_keys import IssuerKeys
from loyalty_api.access.key_sets import load_keys
from loyalty_api.access.settings import Trust
from loyalty_api.access.tokens import TokenVerifier
from loyalty_api.services import Services


def guard_for(trust: Trust, services: Services) -> Guard:
    """Make the guard that lets in whom an issuer vouches for."""
    clock = services.ledger.clock
    # Run as a write is: on the server beside the event loop, so that nobody else waits for the
    # issuer; on Lambda in place, since there is nobody else.
    keys = IssuerKeys(lambda: load_keys(trust.issuer, fetch), services.write, clock)
    return make_guard(TokenVerifier(trust, keys, clock).verify, services)
