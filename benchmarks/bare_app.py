"""The least that a FastAPI application can do: answer a constant, and insert a body, durably.

It needs the path of its database in `BARE_DATABASE`.
"""

from __future__ import annotations

import os
import sqlite3

from fastapi import FastAPI, Request

app = FastAPI()

_database = sqlite3.connect(os.environ["BARE_DATABASE"], isolation_level=None)
_database.execute("PRAGMA journal_mode=WAL")
_database.execute("PRAGMA synchronous=FULL")
_database.execute("PRAGMA wal_autocheckpoint=16000")
_database.execute("CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")


@app.get("/constant/{userId}", response_model=None)
async def get_constant(userId: str) -> dict[str, object]:  # noqa: N803 - its name on the wire
    """Answer what the balance route answers."""
    return {"userId": userId, "points": 1}


@app.post("/events", status_code=202, response_model=None)
async def post_event(request: Request) -> dict[str, object]:
    """Insert the body; each insert is a commit of its own, and durable before the answer."""
    body = await request.body()
    _database.execute("INSERT INTO event (body) VALUES (?)", (body.decode(),))
    return {"accepted": 1}
