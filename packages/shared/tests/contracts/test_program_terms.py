"""What a program says to its members: a sentence a rule, whatever the options."""

from collections.abc import Callable

import pytest

from loyalty_shared.contracts.program_file import ProgramFile, default_program
from loyalty_shared.contracts.program_terms import terms_of

Rules = Callable[..., ProgramFile]

TIMES = ", times the multiplier of the tier held before it"
DROPPED = "; a fraction of a point is dropped."
RETURNED = (
    "When an order is returned, its points are taken back as if only the kept part had been bought"
)
PAID = (
    "The part of an order that is paid with points earns none; when the order is returned,"
    " the points that paid for it are given back in proportion."
)
X = "×"  # noqa: RUF001 - the sign people read
LEVELS = (
    "levels: [{name: Basic, from: 0, multiplier: 1}, {name: Gold, from: 5000, multiplier: 3/2}]"
)
TWO = f"Basic from 0, {X}1; Gold from 5,000, {X}1.5."


def test_the_default_program_in_sentences() -> None:
    levels = f"Basic from 0, {X}1; Bronze from 500, {X}1.1; Silver from 1,500, {X}1.2"

    assert terms_of(default_program()) == (
        f"Each EUR of an order's total earns 1 point{TIMES}{DROPPED}",
        "It is computed exactly and rounded once an order; only orders in EUR earn.",
        "Points can be used at once.",
        "Points do not expire.",
        "Each EUR that is paid with points takes 100 points.",
        PAID,
        f"{RETURNED}; points already spent are paid by the points that come next.",
        (
            "Tiers, by the points earned in this calendar month and the 11 before: "
            f"{levels}; Gold from 5,000, {X}1.5."
        ),
        "Days, months and years are those of the time zone Europe/Amsterdam.",
    )


@pytest.mark.parametrize(
    ("earning", "sentence"),
    [
        ("points_per_unit: 1", f"Each EUR of an order's total earns 1 point{TIMES}{DROPPED}"),
        (
            "points_per_unit: 1000",
            f"Each EUR of an order's total earns 1,000 points{TIMES}{DROPPED}",
        ),
        ("points_per_unit: 1.5", f"Each EUR of an order's total earns 1.5 points{TIMES}{DROPPED}"),
        ("points_per_unit: 4/3", f"Each EUR of an order's total earns 4/3 points{TIMES}{DROPPED}"),
        (
            "points_per_unit: 1/10",
            f"Each EUR of an order's total earns 0.1 of a point{TIMES}{DROPPED}",
        ),
        (
            "points_per_unit: 1/3",
            f"Each EUR of an order's total earns 1/3 of a point{TIMES}{DROPPED}",
        ),
        (
            "points_per_unit: 1, basis: goods",
            f"Each EUR of an order's total without shipping and tax earns 1 point{TIMES}{DROPPED}",
        ),
        (
            "points_per_unit: 1, rounding: nearest",
            (
                f"Each EUR of an order's total earns 1 point{TIMES};"
                " a fraction of a point is rounded to the nearest whole point, a half up."
            ),
        ),
        (
            "points_per_unit: 1, rounding: ceiling",
            (
                f"Each EUR of an order's total earns 1 point{TIMES};"
                " a fraction of a point is rounded up to a whole point."
            ),
        ),
    ],
)
def test_what_a_purchase_earns(rules: Rules, earning: str, sentence: str) -> None:
    assert terms_of(rules(f"earning: {{{earning}}}"))[0] == sentence


def test_where_no_tier_multiplies_nothing_is_said_of_it(rules: Rules) -> None:
    levels = "levels: [{name: A, from: 0, multiplier: 1}, {name: B, from: 9, multiplier: 1}]"

    terms = terms_of(rules("currency: JPY", f"tiers: {{window: lifetime, {levels}}}"))

    assert terms[:2] == (
        f"Each JPY of an order's total earns 1 point{DROPPED}",
        "It is computed exactly and rounded once an order; only orders in JPY earn.",
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("earning: {points_per_unit: 1, pending_days: 0}", "Points can be used at once."),
        (
            "earning: {points_per_unit: 1, pending_days: 1}",
            "Points can be used from 1 day after the purchase.",
        ),
        (
            "earning: {points_per_unit: 1, pending_days: 14}",
            "Points can be used from 14 days after the purchase.",
        ),
        ("expiry: never", "Points do not expire."),
        (
            "expiry: {after_days: 1}",
            "Points expire at the end of the day that lies 1 day after the purchase.",
        ),
        (
            "expiry: {after_days: 3650}",
            "Points expire at the end of the day that lies 3,650 days after the purchase.",
        ),
        (
            "expiry: {after_months: 1}",
            (
                "Points expire at the end of the day that lies 1 month after the purchase,"
                " or of that month where it is shorter."
            ),
        ),
        (
            "expiry: {after_months: 12, at: month_end}",
            "Points expire at the end of the month that lies 12 months after the purchase.",
        ),
        (
            "expiry: {after_months: 12, at: year_end}",
            (
                "Points expire at the end of the calendar year that the day 12 months after the"
                " purchase is in."
            ),
        ),
        (
            "refunds: {when_spent: forgive}",
            f"{RETURNED}; points already spent are not asked back.",
        ),
        (
            "redemption: {points_per_unit: 1/2}",
            "Each EUR that is paid with points takes 0.5 of a point.",
        ),
        (
            "adjustments: {below_zero: true}",
            (
                "A correction by hand may take more points than there are; the rest is paid by the"
                " points that come next."
            ),
        ),
        ("redemption: {minimum: 1000}", "At least 1,000 points are spent at a time."),
        (
            "redemption: {minimum: 500, step: 100}",
            "At least 500 points are spent at a time, in steps of 100.",
        ),
        ("redemption: {step: 50}", "Points are spent in steps of 50."),
        ("timezone: UTC", "Days, months and years are those of the time zone UTC."),
    ],
)
def test_a_rule_is_a_sentence(rules: Rules, change: str, sentence: str) -> None:
    assert sentence in terms_of(rules(change))


@pytest.mark.parametrize(
    ("tiers", "sentences"),
    [
        (
            f"window: {{rolling_months: 12}}, {LEVELS}",
            [f"Tiers, by the points earned in this calendar month and the 11 before: {TWO}"],
        ),
        (
            f"window: {{rolling_months: 2}}, {LEVELS}",
            [f"Tiers, by the points earned in this calendar month and the one before: {TWO}"],
        ),
        (
            f"window: {{rolling_months: 1}}, {LEVELS}",
            [f"Tiers, by the points earned in this calendar month: {TWO}"],
        ),
        (
            f"window: calendar_year, {LEVELS}",
            [f"Tiers, by the points earned in this calendar year: {TWO}"],
        ),
        (f"window: lifetime, {LEVELS}", [f"Tiers, by all points ever earned: {TWO}"]),
        (
            f"window: calendar_year, grace_months: 1, {LEVELS}",
            [
                f"Tiers, by the points earned in this calendar year: {TWO}",
                "A tier is kept 1 month longer than these points support it.",
            ],
        ),
        (
            f"window: {{rolling_months: 12}}, grace_months: 2, {LEVELS}",
            [
                f"Tiers, by the points earned in this calendar month and the 11 before: {TWO}",
                "A tier is kept 2 months longer than these points support it.",
            ],
        ),
        (
            "window: calendar_year, grace_months: 2, levels: [{name: All, from: 0, multiplier: 2}]",
            [f"There is one tier: All, {X}2."],
        ),
    ],
)
def test_tiers(rules: Rules, tiers: str, sentences: list[str]) -> None:
    assert list(terms_of(rules(f"tiers: {{{tiers}}}"))[7:-1]) == sentences


def test_who_has_to_agree_to_an_adjustment_is_not_the_members_affair(rules: Rules) -> None:
    assert terms_of(rules("adjustments: {approval_above: 500}")) == terms_of(rules())
