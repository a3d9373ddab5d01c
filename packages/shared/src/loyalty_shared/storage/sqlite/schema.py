"""The tables of `ledger.db`: the rows of docs/Database.md.

Entries and references are appended in the order they come, which keeps writing sequential; small
indexes find them by their keys.
"""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS member (
    id INTEGER PRIMARY KEY,
    program TEXT NOT NULL,
    member TEXT NOT NULL,
    tier TEXT,
    tier_since TEXT,
    UNIQUE (program, member)
);
CREATE INDEX IF NOT EXISTS by_tier ON member (program, tier, member);
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY,
    member INTEGER NOT NULL REFERENCES member (id),
    seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (member, seq)
);
CREATE TABLE IF NOT EXISTS reference (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS due (
    program TEXT NOT NULL,
    day TEXT NOT NULL,
    member TEXT NOT NULL,
    PRIMARY KEY (program, day, member)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS program (
    program TEXT NOT NULL,
    version TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (program, version)
) WITHOUT ROWID;
"""
