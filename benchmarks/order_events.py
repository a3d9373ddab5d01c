"""Write a real year of shopping as order events, one JSON object a line.

python benchmarks/order_events.py [FILE] [--households N]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TextIO

from complete_journey import ReceiptLine, Year
from rich.console import Console
from rich.progress import track


def order_events(lines: Iterable[ReceiptLine]) -> Iterator[str]:
    """Turn receipts into events: one for each run of lines of the same basket."""
    for _, basket in groupby(lines, attrgetter("basket")):
        yield _event(list(basket))


def write_events(year: Year, file: TextIO) -> None:
    """Write the events of a year, with a bar on the terminal."""
    console = Console(stderr=True)
    lines = track(
        year.lines(),
        "Writing the events",
        total=year.line_count,
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    file.writelines(event + "\n" for event in order_events(lines))


def _event(lines: list[ReceiptLine]) -> str:
    # Written by hand: json has no way to write an exact decimal.
    first = lines[0]
    total = sum(line.cents for line in lines)
    written = ",".join(_line(number, line) for number, line in enumerate(lines, 1))
    return (
        f'{{"userId":"{first.household}","orderId":"{first.basket}"'
        f',"transactionId":"receipt-{first.basket}","totalAmount":{_amount(total)}'
        f',"currency":"EUR","occurredAt":"{first.occurred_at}","lines":[{written}]}}'
    )


def _line(number: int, line: ReceiptLine) -> str:
    category = f',"category":{_text(line.category)}' if line.category else ""
    brand = f',"brand":{_text(line.brand)}' if line.brand else ""
    return (
        f'{{"lineId":"{number}","sku":"{line.product}","quantity":{line.quantity}'
        f',"amount":{_amount(line.cents)}{category}{brand}}}'
    )


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


@cache
def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _main() -> None:
    parser = argparse.ArgumentParser(description="A real year of shopping as order events.")
    parser.add_argument("file", nargs="?", type=Path, help="where to write; standard output if not")
    parser.add_argument("--households", type=int, metavar="N", help="take a sample of so many")
    options = parser.parse_args()
    year = Year(options.households)
    if options.file is None:
        write_events(year, sys.stdout)
        return
    with options.file.open("w", encoding="utf-8", newline="\n") as file:
        write_events(year, file)


if __name__ == "__main__":
    _main()
