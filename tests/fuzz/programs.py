"""The program file: any text is a program with rules that hold, or refused with its faults."""

from __future__ import annotations

from importlib.resources import files
from random import Random

from tests.fuzz import documents, nasty
from tests.fuzz.damage import damaged
from tests.fuzz.target import ACCEPTED, REFUSED, Target, require

from loyalty_shared.contracts.program_faults import InvalidProgram
from loyalty_shared.contracts.program_file import read_program, stored_program

_PROGRAM = files("loyalty_shared.contracts").joinpath("default_program.yaml").read_text("utf-8")
_FULL = """
name: Full
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 1/10, basis: goods, rounding: half_up, pending_days: 14}
expiry: {after_months: 12, at: month_end}
refunds: {when_spent: forgive}
redemption: {points_per_unit: 100, minimum: 50, step: 10, return_days: 30}
adjustments: {below_zero: true, approval_above: 1000}
tiers:
  window: calendar_year
  grace_months: 3
  levels: [{name: Basic, from: 0, multiplier: 1}, {name: Gold, from: 500, multiplier: 3/2}]
"""
_TOKENS = ("&a", "*a", "<<: *a", "!!python/object:os.system", "!!binary x", "? ", "- ", "|", "0o7")


class Programs(Target[str]):
    """Program files with damage."""

    def make(self, random: Random) -> str:
        text = random.choice((_PROGRAM, _FULL))
        if random.random() < 0.5:
            words = text.split(" ")
            at = random.randrange(len(words))
            words[at] = random.choice(
                (*nasty.NUMBERS, *nasty.IDS, *_TOKENS, documents.value(random), words[at - 1])
            )
            return " ".join(words)
        return damaged(text.encode(), random).decode("utf-8", "surrogateescape")

    def check(self, given: str) -> str:
        try:
            file = read_program(given, "fuzz.yaml")
        except InvalidProgram as refused:
            require(bool(refused.program_faults), "a refusal without a fault")
            refused.detail.encode("utf-8", "surrogateescape")
            return REFUSED
        body, version = file.canonical(), file.version()
        body.encode()
        again = stored_program(body, version)
        require(again == file.program(), "a program is read otherwise from where it is stored")
        return ACCEPTED
