"""A version names its rules for good, whatever options and spellings come later."""

import hashlib
from collections.abc import Callable

import pytest

from loyalty_shared.contracts.program_file import (
    ProgramFile,
    default_program,
    read_program,
    stored_program,
)
from loyalty_shared.contracts.program_tiers import TiersPart
from loyalty_shared.domain.adjusting import AdjustmentRules
from loyalty_shared.domain.errors import LedgerDamaged
from loyalty_shared.domain.program import WhenSpent

Rules = Callable[..., ProgramFile]

# The default program as ledgers have it that are older than canonical texts without defaults.
WHOLE = (
    '{"currency":"EUR","earning":{"basis":"total","pending_days":0,"points_per_unit":"1",'
    '"rounding":"floor"},"expiry":"never","id":"default","name":"Default",'
    '"redemption":{"minimum":1,"points_per_unit":"100","step":1},"refunds":{"when_spent":"debt"},'
    '"tiers":{"levels":[{"from":0,"multiplier":"1","name":"Basic"},'
    '{"from":500,"multiplier":"11/10","name":"Bronze"},'
    '{"from":1500,"multiplier":"6/5","name":"Silver"},'
    '{"from":5000,"multiplier":"3/2","name":"Gold"}],"window":{"rolling_months":12}},'
    '"timezone":"Europe/Amsterdam"}'
)
WHOLE_VERSION = "1b3fcced30ad"

BARE = (
    '{"currency":"EUR","earning":{"points_per_unit":"1"},"name":"Default",'
    '"tiers":{"levels":[{"from":0,"multiplier":"1","name":"Basic"},'
    '{"from":500,"multiplier":"11/10","name":"Bronze"},'
    '{"from":1500,"multiplier":"6/5","name":"Silver"},'
    '{"from":5000,"multiplier":"3/2","name":"Gold"}],"window":{"rolling_months":12}},'
    '"timezone":"Europe/Amsterdam"}'
)


def version_of(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:12]


# ------------------------------------------------------------------ what a version is made of


def test_the_default_program_keeps_its_version() -> None:
    # Ledgers name it. Where this breaks, their entries' rules are no longer these.
    assert default_program().version() == "0a89dad24105"


def test_what_stands_at_its_default_is_left_out_of_the_canonical_text() -> None:
    assert default_program().canonical() == BARE


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ("id: shop", '"id":"shop"'),
        ("earning: {points_per_unit: 1, pending_days: 3}", '"pending_days":3,"points_per_unit"'),
        ("earning: {points_per_unit: 1, basis: goods}", '"earning":{"basis":"goods","points_per_'),
        ("expiry: {after_months: 12, at: same_day}", '"expiry":{"after_months":12},'),
        ("expiry: {after_months: 12, at: year_end}", '"expiry":{"after_months":12,"at":"year_end"'),
        ("refunds: {when_spent: forgive}", '"refunds":{"when_spent":"forgive"}'),
        ("redemption: {points_per_unit: 100, step: 50}", '"redemption":{"step":50}'),
        (
            "adjustments: {below_zero: false, approval_above: 0}",
            '"adjustments":{"approval_above":0}',
        ),
        ("adjustments: {below_zero: true}", '"adjustments":{"below_zero":true}'),
        ("redemption: {points_per_unit: 50, minimum: 1}", '"redemption":{"points_per_unit":"50"}'),
    ],
)
def test_of_a_part_only_what_is_not_at_its_default_is_kept(
    rules: Rules, change: str, kept: str
) -> None:
    assert kept in rules(change).canonical()


@pytest.mark.parametrize(
    "change",
    [
        "id: default",
        "earning: {points_per_unit: 1, basis: total, rounding: floor, pending_days: 0}",
        "expiry: never",
        "refunds: {when_spent: debt}",
        "refunds: {}",
        "redemption: {points_per_unit: 100/1, minimum: 1, step: 1}",
        "adjustments: {below_zero: false, approval_above: null}",
        "adjustments: {}",
    ],
)
def test_a_default_that_is_written_out_is_the_same_version(rules: Rules, change: str) -> None:
    assert rules(change).version() == rules().version()


def test_an_option_that_comes_later_changes_no_version_of_programs_without_it() -> None:
    class LaterTiers(TiersPart):
        most_points: int = 0

    class Later(ProgramFile):
        tiers: LaterTiers
        birthday_points: int = 0

    later = Later.model_validate(default_program().model_dump(mode="json") | {"expiry": "never"})

    assert later.version() == default_program().version()
    assert later.model_copy(update={"birthday_points": 1}).version() != later.version()


def test_no_default_ever_changes(rules: Rules) -> None:
    # Stored versions count on them: where this breaks, every program that was used gets new rules.
    assert rules("name: Default").model_dump(mode="json") == {
        "id": "default",
        "name": "Default",
        "currency": "EUR",
        "timezone": "Europe/Amsterdam",
        "earning": {
            "points_per_unit": "1",
            "basis": "total",
            "rounding": "floor",
            "pending_days": 0,
        },
        "expiry": "never",
        "refunds": {"when_spent": "debt"},
        "redemption": {"points_per_unit": "100", "minimum": 1, "step": 1, "return_days": 30},
        "adjustments": {"below_zero": False, "approval_above": None},
        "tiers": {
            "window": {"rolling_months": 12},
            "levels": [
                {"name": "Basic", "from": 0, "multiplier": "1"},
                {"name": "Bronze", "from": 500, "multiplier": "11/10"},
                {"name": "Silver", "from": 1500, "multiplier": "6/5"},
                {"name": "Gold", "from": 5000, "multiplier": "3/2"},
            ],
            "grace_months": 0,
        },
    }
    expiry = rules("expiry: {after_months: 1}").model_dump(mode="json")["expiry"]
    assert expiry == {"after_months": 1, "at": "same_day"}


# ------------------------------------------------------------------ what is stored


@pytest.mark.parametrize(("body", "version"), [(WHOLE, WHOLE_VERSION), (BARE, "0a89dad24105")])
def test_a_stored_program_is_that_of_the_version_it_was_stored_under(
    body: str, version: str
) -> None:
    assert stored_program(body, version) == default_program().program(version)


def test_an_older_text_reads_as_the_same_rules_as_the_one_written_now() -> None:
    assert read_program(WHOLE, "stored") == read_program(BARE, "stored") == default_program()


def test_a_stored_program_has_all_of_its_rules(rules: Rules) -> None:
    file = rules(
        "id: shop",
        "earning: {points_per_unit: 1/3, basis: goods, rounding: ceiling, pending_days: 14}",
        "expiry: {after_months: 12, at: month_end}",
        "refunds: {when_spent: forgive}",
        "adjustments: {below_zero: true, approval_above: 500}",
        "tiers: {window: calendar_year, grace_months: 3, levels: [{name: A, from: 0, multiplier: 2"
        "}, {name: B, from: 9, multiplier: 1/7}]}",
    )

    stored = stored_program(file.canonical(), file.version())

    assert stored == file.program()
    assert stored.when_spent is WhenSpent.FORGIVE
    assert stored.tiers.grace_months == 3
    assert stored.adjustments == AdjustmentRules(below_zero=True, approval_above=500)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "must be an object"),
        ("{", "not YAML"),
        (BARE.replace('"EUR"', '"eur"'), "no ISO 4217"),
        (BARE.replace('"name":"Default",', ""), "name: Field required"),
        (BARE.replace("{", '{"colour":1,', 1), "colour: Extra inputs"),
    ],
)
def test_a_stored_program_that_cannot_be_read_is_damage(body: str, told: str) -> None:
    with pytest.raises(LedgerDamaged, match=told) as damaged:
        stored_program(body, version_of(body))

    assert damaged.value.detail.startswith(f"the stored program {version_of(body)}, line 1: ")


def test_stored_rules_that_were_changed_are_damage() -> None:
    dearer = BARE.replace('"points_per_unit":"1"', '"points_per_unit":"2"')

    with pytest.raises(LedgerDamaged, match="the stored program 0a89dad24105 is not what its ver"):
        stored_program(dearer, "0a89dad24105")
