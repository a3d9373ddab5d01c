"""The command `program`: what is wrong with a file, and what a right one means."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loyalty_shared.contracts.program_bodies import ProgramBody
from loyalty_shared.contracts.program_file import default_program, program_at
from loyalty_shared.contracts.program_schema import document

Loyalty = Callable[..., "subprocess.CompletedProcess[str]"]

SHOP = (
    "id: shop\nname: Shop\ncurrency: {currency}\ntimezone: UTC\n"
    "earning: {{points_per_unit: {rate}}}\n"
    "tiers: {{window: lifetime, levels: [{{name: All, from: 0, multiplier: 1}}]}}\n"
)
EVENT = '{"userId": "ann", "orderId": "o-1", "transactionId": "t-1", "totalAmount": 10}\n'


@pytest.fixture
def loyalty(tmp_path: Path) -> Loyalty:
    (tmp_path / "shop.yaml").write_text(SHOP.format(currency="EUR", rate=10))
    (tmp_path / "dearer.yaml").write_text(SHOP.format(currency="EUR", rate=5))
    (tmp_path / "wrong.yaml").write_text(SHOP.format(currency="euro", rate=0) + "colour: red\n")

    def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "loyalty_server.command", *words],
            cwd=tmp_path,
            env=os.environ | {"LOYALTY_PORT": "0"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


# ------------------------------------------------------------------ check


def test_a_valid_file_is_named_with_its_version(loyalty: Loyalty, tmp_path: Path) -> None:
    version = program_at(tmp_path / "shop.yaml").version()

    done = loyalty("program", "check", "shop.yaml")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"shop.yaml: valid; version {version} of shop (Shop)\n"
    assert json.loads(loyalty("program", "check", "shop.yaml", "--json").stdout) == {
        "file": "shop.yaml",
        "valid": True,
        "programId": "shop",
        "name": "Shop",
        "version": version,
        "faults": [],
    }


def test_every_fault_is_a_line_and_the_status_is_2(loyalty: Loyalty) -> None:
    done = loyalty("program", "check", "wrong.yaml")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "wrong.yaml, line 3: currency: 'euro' is no ISO 4217 currency code\n"
        "wrong.yaml, line 5: earning.points_per_unit: must be more than 0\n"
        "wrong.yaml, line 7: colour: Extra inputs are not permitted\n"
    )


def test_machines_get_every_fault_with_its_place(loyalty: Loyalty) -> None:
    done = loyalty("program", "check", "wrong.yaml", "--json")

    assert (done.returncode, done.stderr) == (2, "")
    answer = json.loads(done.stdout)
    assert (answer["file"], answer["valid"]) == ("wrong.yaml", False)
    assert [(each["line"], each["location"]) for each in answer["faults"]] == [
        (3, "/currency"),
        (5, "/earning/points_per_unit"),
        (7, "/colour"),
    ]
    assert answer["faults"][1]["reason"] == "must be more than 0"


def test_a_file_that_cannot_be_read_is_one_line(loyalty: Loyalty) -> None:
    done = loyalty("program", "check", "none.yaml")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "none.yaml: No such file or directory\n"


def test_elsewhere_an_invalid_file_is_one_line_that_says_what_lists_the_rest(
    loyalty: Loyalty,
) -> None:
    for words in (["serve"], ["ingest", "-"], ["program", "show"]):
        done = loyalty(*words, "--program", "wrong.yaml")

        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "loyalty: wrong.yaml, line 3: currency: 'euro' is no ISO 4217 currency code"
            " (2 more; loyalty program check wrong.yaml lists them)\n"
        )


# ------------------------------------------------------------------ show


def test_without_a_file_it_is_the_program_that_the_data_is_used_with(loyalty: Loyalty) -> None:
    assert loyalty("program", "show").stdout.startswith("Default (default), version ")
    loyalty("ingest", "-", "--program", "shop.yaml", stdin=EVENT)

    shown = loyalty("program", "show").stdout

    assert shown.startswith("Shop (shop), version ")
    assert "\nEach EUR of an order's total earns 10 points; a fraction" in shown
    assert "earns 5 points" in loyalty("program", "show", "--program", "dearer.yaml").stdout
    assert "earns 10 points" in loyalty("program", "show").stdout
    assert loyalty("program", "show", "--data", "new").stdout.startswith("Default (default)")


def test_a_file_is_shown_whatever_the_data_is_used_with(loyalty: Loyalty) -> None:
    loyalty("ingest", "-", stdin=EVENT)

    assert loyalty("program", "show", "shop.yaml").stdout.startswith("Shop (shop), version ")
    # ... while to use it there is refused.
    assert loyalty("program", "show", "--program", "shop.yaml").returncode == 2


def test_people_read_a_sentence_a_line(loyalty: Loyalty) -> None:
    body = ProgramBody.of(default_program())

    heading, blank, *sentences = loyalty("program", "show").stdout.splitlines()

    assert heading == f"Default (default), version {body.version}"
    assert (blank, tuple(sentences)) == ("", body.terms)


def test_machines_read_the_rules_and_the_sentences(loyalty: Loyalty, tmp_path: Path) -> None:
    answer = json.loads(loyalty("program", "show", "shop.yaml", "--json").stdout)

    body = ProgramBody.of(program_at(tmp_path / "shop.yaml"))
    assert answer == json.loads(body.model_dump_json())
    assert (answer["programId"], answer["name"], answer["version"]) == (
        "shop",
        "Shop",
        body.version,
    )
    assert answer["rules"]["expiry"] == "never"
    assert answer["terms"][0].startswith("Each EUR of an order's total earns 10 points")


def test_to_show_a_program_makes_no_folder(loyalty: Loyalty, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())

    loyalty("program", "show")

    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("option", ["--data", "--program"])
def test_a_file_and_where_to_look_for_one_are_not_named_both(loyalty: Loyalty, option: str) -> None:
    done = loyalty("program", "show", "shop.yaml", option, "dearer.yaml")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "loyalty: name FILE, or --data and --program\n"


# ------------------------------------------------------------------ schema


def test_the_schema_is_printed_as_it_is_published(loyalty: Loyalty) -> None:
    assert loyalty("program", "schema").stdout == document()
