from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_shared.contracts.program_file import (
    ProgramFile,
    default_program,
    program_at,
    read_program,
)
from loyalty_shared.domain.adjusting import AdjustmentRules
from loyalty_shared.domain.earning import Basis, EarningRules, Rounding
from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.domain.expiry import (
    ExpiresAfterDays,
    ExpiresAfterMonths,
    Expiry,
    ExpiryPoint,
    NeverExpires,
)
from loyalty_shared.domain.program import WhenSpent
from loyalty_shared.domain.qualification import (
    CalendarYearWindow,
    LifetimeWindow,
    RollingMonthsWindow,
    Window,
)
from loyalty_shared.domain.tiers import TierLevel, Tiers

Rules = Callable[..., ProgramFile]

DEFAULT = files("loyalty_shared.contracts").joinpath("default_program.yaml").read_text("utf-8")
PROGRAM = """\
id: shop
name: Shop
currency: EUR
timezone: Europe/Amsterdam
earning:
  points_per_unit: 1
  basis: goods
  rounding: nearest
  pending_days: 14
expiry:
  after_months: 12
  at: month_end
refunds:
  when_spent: forgive
redemption:
  points_per_unit: 100
  minimum: 500
  step: 100
tiers:
  window:
    rolling_months: 12
  levels:
    - name: Basic
      from: 0
      multiplier: 1
    - name: Gold
      from: 500
      multiplier: 1.1
  grace_months: 2
adjustments:
  below_zero: true
  approval_above: 500
"""


def changed(line: str, to: str) -> str:
    """Replace one line of the program, as people edit a file."""
    assert PROGRAM.count(f"{line}\n") == 1
    return PROGRAM.replace(f"{line}\n", f"{to}\n")


def complaint(text: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        read_program(text, "shop.yaml")
    assert refused.value.code == "invalid_program"
    return refused.value.detail


# ------------------------------------------------------------------ what a file says


def test_the_default_program_is_the_plain_one() -> None:
    program = default_program().program()

    assert (program.id, program.name, program.currency) == ("default", "Default", "EUR")
    assert str(program.timezone) == "Europe/Amsterdam"
    assert program.earning == EarningRules(Fraction(1), Basis.TOTAL, Rounding.FLOOR, 0)
    assert program.expiry == NeverExpires()
    assert program.when_spent is WhenSpent.DEBT
    assert program.adjustments == AdjustmentRules(below_zero=False, approval_above=None)
    assert program.tiers == Tiers(
        RollingMonthsWindow(12),
        (
            TierLevel("Basic", 0, Fraction(1)),
            TierLevel("Bronze", 500, Fraction(11, 10)),
            TierLevel("Silver", 1500, Fraction(6, 5)),
            TierLevel("Gold", 5000, Fraction(3, 2)),
        ),
        grace_months=0,
    )


def test_what_a_file_may_leave_out_is_as_in_the_default_program(rules: Rules) -> None:
    shortest = rules("name: Default")

    assert shortest == default_program()


def test_every_part_of_a_file_becomes_a_rule() -> None:
    file = read_program(PROGRAM, "shop.yaml")
    program = file.program()

    assert (program.id, program.name, program.version) == ("shop", "Shop", file.version())
    assert program.earning == EarningRules(Fraction(1), Basis.GOODS, Rounding.NEAREST, 14)
    assert program.expiry == ExpiresAfterMonths(12, ExpiryPoint.MONTH_END)
    assert program.when_spent is WhenSpent.FORGIVE
    assert (file.redemption.points_per_unit, file.redemption.minimum) == (Fraction(100), 500)
    assert [level.name for level in program.tiers.levels] == ["Basic", "Gold"]
    assert program.tiers.grace_months == 2
    assert program.adjustments == AdjustmentRules(below_zero=True, approval_above=500)


@pytest.mark.parametrize(
    ("written", "expiry"),
    [
        ("never", NeverExpires()),
        ("{after_days: 90}", ExpiresAfterDays(90)),
        ("{after_months: 12}", ExpiresAfterMonths(12, ExpiryPoint.SAME_DAY)),
        ("{after_months: 12, at: same_day}", ExpiresAfterMonths(12, ExpiryPoint.SAME_DAY)),
        ("{after_months: 1, at: month_end}", ExpiresAfterMonths(1, ExpiryPoint.MONTH_END)),
        ("{at: year_end, after_months: 24}", ExpiresAfterMonths(24, ExpiryPoint.YEAR_END)),
    ],
)
def test_expiry_is_written_in_a_few_words(rules: Rules, written: str, expiry: Expiry) -> None:
    assert rules(f"expiry: {written}").program().expiry == expiry


@pytest.mark.parametrize(
    ("written", "window"),
    [
        ("lifetime", LifetimeWindow()),
        ("calendar_year", CalendarYearWindow()),
        ("{rolling_months: 1}", RollingMonthsWindow(1)),
        ("{rolling_months: 24}", RollingMonthsWindow(24)),
    ],
)
def test_a_window_is_written_in_a_few_words(rules: Rules, written: str, window: Window) -> None:
    levels = "levels: [{name: One, from: 0, multiplier: 1}]"

    assert rules(f"tiers: {{window: {written}, {levels}}}").program().tiers.window == window


@pytest.mark.parametrize(
    ("written", "multiplier"),
    [
        ("1", Fraction(1)),
        ("1.0", Fraction(1)),
        ("1.1", Fraction(11, 10)),  # as a float it is 2476979795053773/2251799813685248
        ("0.1", Fraction(1, 10)),
        ("1.00000001", Fraction(100_000_001, 100_000_000)),
        ("1/10", Fraction(1, 10)),
        ("1/3", Fraction(1, 3)),
        ("2/6", Fraction(1, 3)),
        ('"1.1"', Fraction(11, 10)),
        ("1_000", Fraction(1000)),
        ("1000000000/1", Fraction(10**9)),
        ("1/1000000000", Fraction(1, 10**9)),
        ("1.5e+2", Fraction(150)),
    ],
)
def test_a_multiplier_is_exact(written: str, multiplier: Fraction) -> None:
    file = read_program(changed("      multiplier: 1.1", f"      multiplier: {written}"), "x")

    assert file.tiers.levels[1].multiplier == multiplier


def test_a_tier_has_a_name_of_one_to_thirty_two_characters(rules: Rules) -> None:
    for name in ("A", "x" * 32, "Ünïcødé 🥇"):
        levels = f"levels: [{{name: {name}, from: 0, multiplier: 1}}]"
        assert rules(f"tiers: {{window: lifetime, {levels}}}").tiers.levels[0].name == name


# ------------------------------------------------------------------ what is wrong with a file


@pytest.mark.parametrize(
    ("line", "to", "told"),
    [
        ("id: shop", "id: My Shop", "line 1: id: String should match pattern"),
        ("name: Shop", "name:", "line 2: name: Input should be a valid string"),
        ("name: Shop", 'name: ""', "line 2: name: String should have at least 1 character"),
        ("name: Shop", f"name: {'x' * 65}", "line 2: name: String should have at most 64"),
        ("name: Shop", 'name: "a\\u2028b"', "line 2: name: must have printable characters only"),
        ("name: Shop", "name: 2026", "line 2: name: Input should be a valid string"),
        ("currency: EUR", "currency: eur", "line 3: currency: 'eur' is no ISO 4217 currency code"),
        ("currency: EUR", "currency: 978", "line 3: currency: Input should be a valid string"),
        ("timezone: Europe/Amsterdam", "timezone: Europe", "line 4: timezone: 'Europe' is no IANA"),
        ("timezone: Europe/Amsterdam", "timezone: CEST", "line 4: timezone: 'CEST' is no IANA"),
        ("timezone: Europe/Amsterdam", "timezone: ''", "line 4: timezone: '' is no IANA"),
        ("timezone: Europe/Amsterdam", "timezone: ../../etc/passwd", "line 4: timezone: '../../"),
        (
            "  points_per_unit: 1",
            "  points_per_unit: 0",
            "line 6: earning.points_per_unit: must be",
        ),
        ("  points_per_unit: 1", "  points_per_unit: -1", "line 6: earning.points_per_unit: must"),
        (
            "  points_per_unit: 1",
            "  points: 1",
            "line 5: earning.points_per_unit: Field required",
        ),
        ("  basis: goods", "  basis: profit", "line 7: earning.basis: Input should be 'total' or"),
        ("  rounding: nearest", "  rounding: up", "line 8: earning.rounding: Input should be"),
        ("  pending_days: 14", "  pending_days: 1.5", "line 9: earning.pending_days: Input should"),
        ("  pending_days: 14", "  pending_days: true", "line 9: earning.pending_days: Input"),
        ("  pending_days: 14", "  pending_days: 367", "line 9: earning.pending_days: Input should"),
        ("  pending_days: 14", "  pending: 14", "line 9: earning.pending: Extra inputs are not"),
        (
            "  after_months: 12",
            "  after_months: 0",
            "line 11: expiry.after_months: Input should be",
        ),
        ("  at: month_end", "  at: full_moon", "line 12: expiry.at: Input should be 'same_day'"),
        ("  at: month_end", "  until: month_end", "line 12: expiry.until: Extra inputs are not"),
        ("  when_spent: forgive", "  when_spent: never", "line 14: refunds.when_spent: Input"),
        (
            "  below_zero: true",
            "  below_zero: 1",
            "line 31: adjustments.below_zero: Input should be",
        ),
        (
            "  approval_above: 500",
            "  approval_above: -1",
            "line 32: adjustments.approval_above: Input should be greater",
        ),
        ("  minimum: 500", "  minimum: 0", "line 17: redemption.minimum: Input should be greater"),
        (
            "  step: 100",
            "  steps: 100",
            "line 18: redemption.steps: Extra inputs are not permitted",
        ),
        ("tiers:", "tires:", "line 1: tiers: Field required"),
        (
            "    rolling_months: 12",
            "    rolling_months: 25",
            "line 21: tiers.window.rolling_months",
        ),
        ("    rolling_months: 12", "    months: 12", "line 20: tiers.window.rolling_months: Field"),
        ("    - name: Basic", "    - name: Gold", "line 26: tiers.levels.1.name: each level must"),
        ("    - name: Basic", "    - name: '#1'", "line 23: tiers.levels.0.name: String should"),
        ("      from: 0", "      from: 1", "line 24: tiers.levels.0.from: the first level"),
        ("      from: 500", "      from: 0", "line 27: tiers.levels.1.from: must be more"),
        ("    - name: Basic", f"    - name: {'x' * 33}", "line 23: tiers.levels.0.name: String"),
        ("      from: 500", "      from: 1000000000000001", "line 27: tiers.levels.1.from: Input"),
        ("      from: 500", "      from: 1e3", "line 27: tiers.levels.1.from: Input should be a"),
        ("      from: 500", "      from: 500.5", "line 27: tiers.levels.1.from: Input should be a"),
        ("      from: 500", "      from: 0500", "line 27: not YAML: 0500 is no decimal number"),
        ("      from: 500", "      from: 8:20", "line 27: not YAML: 8:20 is no decimal number"),
        ("      from: 500", "      from: 0x1F4", "line 27: not YAML: 0x1F4 is no decimal number"),
        ("      from: 500", f"      from: {'9' * 5000}", "line 27: not YAML: 99999999999999999"),
        ("      multiplier: 1.1", "      multiplier: 1/0", "line 28: tiers.levels.1.multiplier: m"),
        (
            "      multiplier: 1.1",
            "      multiplier: .inf",
            "line 28: not YAML: .inf is no decimal",
        ),
        ("      multiplier: 1.1", "      multiplier: true", "line 28: tiers.levels.1.multiplier"),
        (
            "      multiplier: 1.1",
            "      multiplier: 1.0e+999999999",
            "line 28: tiers.levels.1.multiplier: must have fewer digits",
        ),
        (
            "      multiplier: 1.1",
            "      multiplier: 1.0e-999999999",
            "line 28: tiers.levels.1.multiplier: must have fewer digits",
        ),
        (
            "      multiplier: 1.1",
            "      multiplier: 1e999999999",
            "line 28: tiers.levels.1.multiplier: must be a number or a fraction",
        ),
        (
            "      multiplier: 1.1",
            "      multiplier: 1/1000000001",
            "line 28: tiers.levels.1.multiplier: must have fewer digits",
        ),
        (
            "      multiplier: 1.1",
            "      multiplier:",
            "line 28: tiers.levels.1.multiplier: must be",
        ),
        ("  grace_months: 2", "  grace_months: -1", "line 29: tiers.grace_months: Input should be"),
        ("  grace_months: 2", "  grace_months: 13", "line 29: tiers.grace_months: Input should be"),
        ("  grace_months: 2", "  grace_months: 1.5", "line 29: tiers.grace_months: Input should"),
        ("  grace_months: 2", "  grace: 2", "line 29: tiers.grace: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_value_is_told_in_one_line_with_its_place(line: str, to: str, told: str) -> None:
    detail = complaint(changed(line, to))

    assert detail.startswith(f"shop.yaml, {told}")
    assert "\n" not in detail


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: must be an object"),
        ("just words", "line 1: must be an object"),
        ("- a\n- b", "line 1: must be an object"),
        ("name: A\nname: B", "line 2: not YAML: name stands twice"),
        ("name: A\n  currency: B", "line 2: not YAML: mapping values are not allowed here"),
        ("name: A\n\tb: 1", "line 2: not YAML: found character '\\t' that cannot start any token"),
        ("name: [A\n", "line 2: not YAML: expected ',' or ']', but got '<stream end>'"),
        ("name: A\n---\nname: B", "line 2: not YAML: but found another document"),
        ("\n\x07", "line 2: not YAML: a character that is not allowed"),
        ("name: A\ncurrency: \x07", "line 2: not YAML: a character that is not allowed"),
        ("\ud800", "line 1: not YAML: a character that is not allowed"),
        ('name: "\\UFFFFFFFF"', "line 1: not YAML: an escaped character that does not exist"),
        ('name: "\\ud800"', "line 1: name: Input should be a valid string"),
        ("name: A\ncurrency: 2026-13-45", "line 2: not YAML: 2026-13-45 cannot be read"),
        ("name: !!bool maybe", "line 1: not YAML: maybe cannot be read"),
        ("name: !!timestamp now", "line 1: not YAML: now cannot be read"),
        ("name: !!python/object:os.system ls", "line 1: not YAML: could not determine a cons"),
        ("name: *other", "line 1: not YAML: found undefined alias 'other'"),
        ("? [a]\n: b", "line 1: not YAML: found unhashable key"),
        ("[" * 600, "line 1: not YAML: nested too deeply"),
    ],
)
def test_a_text_that_is_no_program_is_told_in_one_line_with_its_place(text: str, told: str) -> None:
    detail = complaint(text)

    assert detail.startswith(f"shop.yaml, {told}")
    assert "\n" not in detail


@pytest.mark.parametrize(
    ("expiry", "told"),
    [
        ("sometimes", "expiry: must be never, {after_days: N} or {after_months: N}"),
        ("[]", "expiry: must be never, {after_days: N} or {after_months: N}"),
        ("{after_days: 0}", "expiry.after_days: Input should be greater than or equal to 1"),
        ("{after_days: 3661}", "expiry.after_days: Input should be less than or equal to 3660"),
        ("{after_months: 121}", "expiry.after_months: Input should be less than or equal to 120"),
        ("{after_weeks: 3}", "expiry.after_days: Field required"),
        ("{after_days: 90, at: month_end}", "expiry.at: Extra inputs are not permitted"),
        ("{after_days: 1, after_months: 1}", "expiry.after_days: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_expiry_is_told_for_what_it_was_meant_to_be(
    rules: Rules, expiry: str, told: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules(f"expiry: {expiry}")

    assert refused.value.detail.removesuffix(" (1 more)") == f"test.yaml, line 6: {told}"


@pytest.mark.parametrize("window", ["forever", "[]", "12", "null"])
def test_a_wrong_window_is_told_with_what_it_may_be(rules: Rules, window: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules(f"tiers: {{window: {window}, levels: [{{name: A, from: 0, multiplier: 1}}]}}")

    assert refused.value.detail == (
        "test.yaml, line 5: tiers.window: must be lifetime, calendar_year or {rolling_months: N}"
    )


@pytest.mark.parametrize(
    ("pending_days", "expiry", "is_right"),
    [
        (90, "{after_days: 90}", True),  # a single day to use them
        (91, "{after_days: 90}", False),
        (28, "{after_months: 1}", True),
        (29, "{after_months: 1}", False),  # 31 January to 28 February
        (30, "{after_months: 1, at: month_end}", False),  # 31 January again
        (28, "{after_months: 1, at: month_end}", True),
        (31, "{after_months: 1, at: year_end}", True),
        (32, "{after_months: 1, at: year_end}", False),  # 30 November to 31 December
        (365, "{after_months: 12}", True),
        (366, "{after_months: 12}", False),
        (366, "never", True),
    ],
)
def test_points_may_not_expire_while_they_are_pending(
    rules: Rules, pending_days: int, expiry: str, *, is_right: bool
) -> None:
    changes = (
        f"earning: {{points_per_unit: 1, pending_days: {pending_days}}}",
        f"expiry: {expiry}",
    )
    if is_right:
        rules(*changes)
        return
    with pytest.raises(InvalidInput) as refused:
        rules(*changes)
    assert refused.value.detail == (
        "test.yaml, line 6: expiry: points would expire while they are still pending"
    )


@pytest.mark.parametrize(
    ("window", "grace_months", "told"),
    [
        ("{rolling_months: 12}", 12, None),
        ("{rolling_months: 13}", 12, "must be at most 11: 24 months with the window"),
        ("{rolling_months: 13}", 11, None),
        ("{rolling_months: 24}", 1, "must be at most 0: 24 months with the window"),
        ("{rolling_months: 24}", 0, None),
        ("{rolling_months: 1}", 12, None),
        ("calendar_year", 12, None),
        ("calendar_year", 13, "Input should be less than or equal to 12"),
        ("lifetime", 0, None),
        ("lifetime", 1, "must be 0 with a lifetime window, since time ends no tier"),
    ],
)
def test_grace_reaches_no_further_back_than_points_are_kept_by_month(
    window: str, grace_months: int, told: str | None
) -> None:
    text = changed("  window:\n    rolling_months: 12", f"  window: {window}")
    text = text.replace("grace_months: 2", f"grace_months: {grace_months}")

    if told is None:
        assert read_program(text, "x").program().tiers.grace_months == grace_months
    else:
        assert complaint(text) == f"shop.yaml, line 28: tiers.grace_months: {told}"


def test_grace_is_checked_wherever_it_stands_beside_its_window() -> None:
    text = changed("  grace_months: 2", "").replace("tiers:", "tiers:\n  grace_months: 2")
    text = text.replace("rolling_months: 12", "rolling_months: 23")

    assert complaint(text).startswith("shop.yaml, line 20: tiers.grace_months: must be at most 1")


def test_a_fault_carries_its_place_as_a_json_pointer() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_program(f"{PROGRAM}a/b~c: 1\n", "shop.yaml")

    assert [fault.location for fault in refused.value.faults] == ["/a~1b~0c"]


def test_a_file_that_is_too_large_is_not_read() -> None:
    assert read_program(PROGRAM + "#" * (65_536 - len(PROGRAM)), "x").name == "Shop"
    assert complaint("#" * 65_537) == "shop.yaml: larger than 65536 bytes"
    assert complaint("#" + "é" * 32_768) == "shop.yaml: larger than 65536 bytes"


def test_no_more_tiers_are_taken_than_people_can_tell_apart(rules: Rules) -> None:
    def tiers(number: int) -> str:
        levels = ",".join(f"{{name: T{n}, from: {n}, multiplier: 1}}" for n in range(number))
        return f"tiers: {{window: lifetime, levels: [{levels}]}}"

    assert len(rules(tiers(20)).tiers.levels) == 20
    for number in (0, 21):
        with pytest.raises(InvalidInput, match=r"line 5: tiers\.levels: "):
            rules(tiers(number))


# ------------------------------------------------------------------ versions


@pytest.mark.parametrize(
    ("line", "to"),
    [
        ("id: shop", "id: shop-2"),
        ("name: Shop", "name: Other"),
        ("currency: EUR", "currency: USD"),
        ("timezone: Europe/Amsterdam", "timezone: Europe/Berlin"),
        ("  points_per_unit: 1", "  points_per_unit: 2"),
        ("  basis: goods", "  basis: total"),
        ("  rounding: nearest", "  rounding: floor"),
        ("  pending_days: 14", "  pending_days: 15"),
        ("  after_months: 12", "  after_months: 13"),
        ("  after_months: 12\n  at: month_end", "  after_days: 365"),
        ("  at: month_end", "  at: year_end"),
        ("  when_spent: forgive", "  when_spent: debt"),
        ("  points_per_unit: 100", "  points_per_unit: 200"),
        ("  minimum: 500", "  minimum: 600"),
        ("  step: 100", "  step: 50"),
        ("    rolling_months: 12", "    rolling_months: 6"),
        ("  window:\n    rolling_months: 12", "  window: calendar_year"),
        ("    - name: Gold", "    - name: Silver"),
        ("      from: 500", "      from: 501"),
        ("      multiplier: 1.1", "      multiplier: 1.2"),
        ("      multiplier: 1.1", "      multiplier: 1.1000001"),
        (
            "      multiplier: 1.1",
            "      multiplier: 1.1\n    - {name: Top, from: 900, multiplier: 2}",
        ),
        ("  grace_months: 2", "  grace_months: 3"),
        ("  grace_months: 2", ""),
    ],
)
def test_every_change_of_a_rule_is_another_version(line: str, to: str) -> None:
    assert read_program(changed(line, to), "x").version() != read_program(PROGRAM, "x").version()


@pytest.mark.parametrize(
    "text",
    [
        f"# a comment\n{PROGRAM}",
        PROGRAM.replace("\n", "   # why\n"),
        PROGRAM.replace("multiplier: 1.1", "multiplier: 11/10"),
        PROGRAM.replace("multiplier: 1.1", "multiplier: 1.10"),
        PROGRAM.replace("name: Shop", '"name": "Shop"'),
        PROGRAM.replace("id: shop\nname: Shop", "name: Shop\nid: shop"),
        PROGRAM.replace(
            "      from: 500\n      multiplier: 1.1\n", "      multiplier: 1.1\n      from: 500\n"
        ),
        PROGRAM.replace("\n", "\r\n"),
        f"\ufeff{PROGRAM}",
    ],
)
def test_what_changes_no_rule_changes_no_version(text: str) -> None:
    assert read_program(text, "other-name.yaml").version() == read_program(PROGRAM, "x").version()


def test_a_version_can_be_written_anywhere() -> None:
    version = default_program().version()

    assert len(version) == 12
    assert version.isascii()
    assert version.isalnum()


@given(
    name=st.text(min_size=1, max_size=8),
    tier=st.text(min_size=1, max_size=8),
    rate=st.fractions(Fraction(1, 1000), 1000, max_denominator=1000),
    expiry=st.sampled_from(["never", "{after_days: 9}", "{after_months: 2, at: year_end}"]),
    window=st.sampled_from(["lifetime", "calendar_year", "{rolling_months: 3}"]),
)
def test_the_stored_form_reads_as_the_same_program(
    name: str, tier: str, rate: Fraction, expiry: str, window: str
) -> None:
    text = DEFAULT.replace("expiry: never", f"expiry: {expiry}")
    text = text.replace("{rolling_months: 12}", window)
    text = text.replace("points_per_unit: 1,", f"points_per_unit: {rate},")
    for plain, drawn in (("Default", name), ("Basic", tier)):
        escaped = "".join(f"\\U{ord(letter):08x}" for letter in drawn)
        text = text.replace(f"name: {plain}", f'name: "{escaped}"')

    with suppress(InvalidInput):  # a name that is not printable
        file = read_program(text, "x")
        again = read_program(file.canonical(), "stored")
        assert again == file
        assert again.version() == file.version()
        assert again.canonical() == file.canonical()


@given(st.one_of(st.text(), st.text("[]{}:,-?*&!|>'\"%@# \n\tabn01.~\\")))
def test_no_text_raises_anything_but_invalid_input(text: str) -> None:
    for whole in (text, f"{PROGRAM}{text}", PROGRAM.replace("Shop", text)):
        with suppress(InvalidInput):
            read_program(whole, "x")


# ------------------------------------------------------------------ files


def test_without_a_path_it_is_the_default_program() -> None:
    assert program_at(None) == default_program()


def test_a_file_is_read_with_or_without_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "program.yaml"

    for encoding in ("utf-8", "utf-8-sig"):
        path.write_text(PROGRAM, encoding)
        assert program_at(path) == read_program(PROGRAM, "x")


def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    missing, folder, latin = tmp_path / "none.yaml", tmp_path, tmp_path / "latin.yaml"
    latin.write_bytes(b"name: Caf\xe9")

    for path, reason in (
        (missing, "No such file or directory"),
        (folder, "Is a directory"),
        (latin, "not UTF-8"),
    ):
        with pytest.raises(InvalidInput) as refused:
            program_at(path)
        assert refused.value.detail == f"{path}: {reason}"
