"""What is asked for a member on the command line: redeem, reverse, quote."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loyalty_server.asking import Asker
from loyalty_server.spending import redeem
from loyalty_shared.service.ledger import Ledger

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Buy = Callable[..., None]


@pytest.fixture(autouse=True)
def _six_hundred(buy: Buy) -> None:
    """Let Ann have 600 points."""
    buy("ann", "o-1", "600")


def _available(loyalty: Run, member: str = "ann") -> int:
    points: int = json.loads(loyalty("member", member, "--json").stdout)["points"]["available"]
    return points


def _newest(loyalty: Run, member: str = "ann") -> dict[str, Any]:
    page = json.loads(loyalty("history", member, "--json", "--limit", "1").stdout)
    newest: dict[str, Any] = page["items"][0]
    return newest


def test_points_are_spent_and_it_is_shown_why(loyalty: Run) -> None:
    done = loyalty("redeem", "ann", "100", "--order", "o-2", "--actor", "till 4")

    text = " ".join(done.stdout.split())
    assert text.startswith("#2 ")
    assert "-100 Points spent for order o-2" in text
    assert "arithmetic 100 points pay 1.00 EUR" in text
    assert "by till 4" in text
    assert "afterwards 500 available" in text
    assert done.stderr == ""
    assert _available(loyalty) == 500


def test_the_same_key_spends_once_and_says_so(loyalty: Run) -> None:
    ask = ["redeem", "ann", "100", "--key", "mine", "--description", "A cup", "--json"]
    first = loyalty(*ask)

    again = loyalty(*ask)

    assert again.stdout == first.stdout
    assert first.stderr == ""
    assert again.stderr.startswith("loyalty: the key was used for this before")
    assert _available(loyalty) == 500
    other = loyalty("redeem", "ann", "101", "--key", "mine", status=2)
    assert other.stderr == ("loyalty: the key was used for another request; take another --key\n")


def test_without_a_key_each_run_is_one_of_its_own(loyalty: Run) -> None:
    loyalty("redeem", "ann", "100")
    loyalty("redeem", "ann", "100")

    assert _available(loyalty) == 400


def test_who_may_have_done_it_is_told_how_to_run_it_again(loyalty: Run, tmp_path: Path) -> None:
    (tmp_path / "loyalty-data" / "ledger.db").unlink()
    (tmp_path / "loyalty-data" / "ledger.db").mkdir()

    given = loyalty("redeem", "ann", "100", "--key", "my key", status=2).stderr
    made = loyalty("redeem", "ann", "100", status=2).stderr

    assert given.endswith("; run it again with --key 'my key', and it is done once\n")
    assert given.count("\n") == 1
    assert "run it again with --key " in made


def test_who_interrupts_it_is_told_how_to_run_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Ledger, "write", interrupt)

    with pytest.raises(KeyboardInterrupt):
        redeem(Asker.of(None, "ann", "mine", None), 100, None, None)

    assert capsys.readouterr().err == (
        "loyalty: it may have been done; run it again with --key mine, and it is done once\n"
    )


def test_spent_points_are_given_back_once(loyalty: Run) -> None:
    spent = json.loads(loyalty("redeem", "ann", "100", "--json").stdout)["transactionId"]

    back = loyalty("reverse", "ann", spent)

    assert "+100  Spent points given back" in back.stdout
    assert spent in back.stdout
    assert _available(loyalty) == 600
    again = loyalty("reverse", "ann", spent, status=2)
    assert again.stderr == ("loyalty: the points of the transaction were given back before\n")


@pytest.mark.parametrize(("amount", "points"), [("120.95", 0), ("120.95", 250), ("0", 0)])
def test_a_quote_is_what_is_then_earned(loyalty: Run, buy: Buy, amount: str, points: int) -> None:
    before = _newest(loyalty)
    quoted = json.loads(loyalty("quote", "ann", amount, "--points", str(points), "--json").stdout)
    assert _newest(loyalty) == before  # nothing was written
    if points:
        loyalty("redeem", "ann", str(points), "--order", "o-2")

    buy("ann", "o-2", amount)

    earned = _newest(loyalty)
    assert quoted["earns"]["points"] == earned["points"]
    assert quoted["earns"]["tier"] == "Bronze"
    assert quoted["earns"]["arithmetic"] == earned["breakdown"]["arithmetic"]
    assert _available(loyalty) == 600 - points + earned["points"]


def test_a_quote_is_shown_to_people(loyalty: Run) -> None:
    shown = loyalty("quote", "ann", "120.10", "--points", "100").stdout

    assert [" ".join(line.split()) for line in shown.splitlines()] == [
        "member ann",
        "earns 131: 119.10 × 1 × Bronze 1.1 = 131",  # noqa: RUF001 - the sign people read
        "to be used at once, without an end",
        "available 600",
        "redeemable 600, worth 6.00 EUR",
        "redeemed 100, worth 1.00 EUR",
        "to pay 119.10 EUR",
    ]


def test_somebody_new_gets_a_quote(loyalty: Run) -> None:
    quoted = json.loads(loyalty("quote", "new", "10", "--json").stdout)

    assert (quoted["earns"]["points"], quoted["available"]) == (10, 0)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["redeem", "ann", "0"], "POINTS: Input should be greater than or equal to 1"),
        (["redeem", "ann", "601"], "601 are asked for, 600 are available"),
        (["redeem", "nobody", "1"], "1 are asked for, 0 are available"),
        (["redeem", "a\nb", "1"], "MEMBER_ID must have printable characters only"),
        (["redeem", "ann", "1", "--key", " "], "--key must have 1 to 255 printable characters"),
        (["redeem", "ann", "1", "--key", "k" * 256], "--key must have 1 to 255 printable"),
        (["redeem", "ann", "1", "--actor", ""], "--actor must not be empty"),
        (["redeem", "ann", "1", "--order", ""], "--order: must not be empty"),
        (["redeem", "ann", "1", "--data", "mistyped"], "no ledger in mistyped"),
        (["reverse", "ann", "none"], "the member has no transaction of that id"),
        (["quote", "ann", "x"], "AMOUNT must be a number such as 12.50"),
        (["quote", "ann", "007"], "AMOUNT must be a number such as 12.50"),
        (["quote", "ann", "1.005"], "AMOUNT: an amount in EUR has at most 2 decimals"),
        (["quote", "ann", "1" * 16], "AMOUNT: "),
        (["quote", "ann", "1", "--points", "-1"], "--points: Input should be greater"),
        (["quote", "ann", "9", "--points", "601"], "601 are asked for, 600 are available"),
        (["quote", "ann", "1", "--points", "102"], "1.00 EUR are to pay, the points pay more"),
        (["quote", "ann", "1", "--data", "mistyped"], "no ledger in mistyped"),
    ],
)
def test_what_is_refused_is_one_plain_line(
    loyalty: Run, tmp_path: Path, words: list[str], reason: str
) -> None:
    before = _newest(loyalty)

    done = loyalty(*words, status=2)

    assert done.stdout == ""
    assert done.stderr.startswith(f"loyalty: {reason}")
    assert done.stderr.count("\n") == 1
    assert _newest(loyalty) == before
    assert not (tmp_path / "mistyped").exists()
