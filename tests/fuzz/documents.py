"""JSON that is almost right: events and commands by their grammar, with nasty parts, as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

from tests.fuzz import nasty

_ENVELOPES = ("OrderCompleted", "OrderRefunded", "OrderCancelled", "", "ordercompleted")


def event(random: Random) -> str:
    """Write an event, an envelope or an array of them."""
    if random.random() < 0.08:
        return _array([event(random) for _ in range(random.randrange(4))], random)
    is_refund = random.random() < 0.35
    detail = _refund(random) if is_refund else _purchase(random)
    if not is_refund and random.random() < 0.6:
        return _object(detail, random)
    kind = _ENVELOPES[is_refund] if random.random() < 0.95 else random.choice(_ENVELOPES)
    fields = [("detail-type", json.dumps(kind)), ("detail", _object(detail, random))]
    fields += [("time", _time(random))] if random.random() < 0.5 else []
    fields += [("id", _string(random)), ("source", _string(random))] * (random.random() < 0.3)
    return _object(fields, random)


def command(random: Random, known: Sequence[str]) -> str:
    """Write the body of a command, mostly of the fields that are known."""
    fields = [
        ("points", _whole(random)),
        ("orderId", _id(random)),
        ("description", _string(random)),
        ("expiresInSeconds", _whole(random)),
        ("reason", _string(random)),
        ("actor", _id(random)),
        ("into", _id(random)),
        ("memberId", _id(random)),
        *_basket(random),
    ]
    chosen = [each for each in fields if random.random() < (0.8 if each[0] in known else 0.02)]
    return _object(chosen, random)


def quote(random: Random) -> str:
    """Write what a quote is asked for."""
    return _object(
        [("memberId", _id(random)), ("points", _whole(random)), *_basket(random)], random
    )


def value(random: Random, depth: int = 3) -> str:
    """Write any JSON."""
    kind = random.random()
    if depth and kind < 0.2:
        return _array([value(random, depth - 1) for _ in range(random.randrange(4))], random)
    if depth and kind < 0.4:
        names = [(nasty.text(random), value(random, depth - 1)) for _ in range(random.randrange(4))]
        return _object(names, random)
    if kind < 0.65:
        return random.choice(nasty.NUMBERS)
    return _string(random) if kind < 0.9 else random.choice(("null", "true", "false"))


def deep(random: Random) -> str:
    """Write brackets in brackets, as deep as a body may be or only so deep that it may be read."""
    depth = random.choice((10, 49, 50, 51, 99, 100, 101, 500, 990, 1_000, 1_100, 5_000, 100_000))
    opening, closing = random.choice((("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")))
    inner = random.choice(("", "1", "{}", "[1]"))
    return opening * depth + inner + (closing * depth if random.random() < 0.7 else "")


def _purchase(random: Random) -> list[tuple[str, str]]:
    ids = [(name, _id(random)) for name in ("userId", "orderId", "transactionId")]
    return ids + _basket(random)


def _basket(random: Random) -> list[tuple[str, str]]:
    fields = [("totalAmount", _amount(random))]
    for name in ("shipping", "tax"):
        fields += [(name, _amount(random))] if random.random() < 0.15 else []
    return fields + _more(random, ("lineId", "sku", "amount", "quantity", "category", "brand"))


def _refund(random: Random) -> list[tuple[str, str]]:
    fields = [(name, _id(random)) for name in ("userId", "orderId", "refundId")]
    fields += [("amount", _amount(random))] if random.random() < 0.8 else []
    return fields + _more(random, ("lineId", "amount"))


def _more(random: Random, names: Sequence[str]) -> list[tuple[str, str]]:
    fields = []
    if random.random() < 0.3:
        fields.append(
            (
                "currency",
                random.choice(
                    ('"EUR"', '"EUR"', '"EUR"', '"USD"', '"JPY"', '"eur"', '"€"', "null")
                ),
            )
        )
    if random.random() < 0.5:
        fields.append(("occurredAt", _time(random)))
    if random.random() < 0.3:
        lines = [_object(_line(random, names), random) for _ in range(random.randrange(4))]
        fields.append(("lines", _array(lines, random)))
    return fields


def _line(random: Random, names: Sequence[str]) -> list[tuple[str, str]]:
    return [
        (name, _amount(random) if name in {"amount", "quantity"} else _id(random))
        for name in names
        if random.random() < 0.8
    ]


def _id(random: Random) -> str:
    kind = random.random()
    if kind < 0.8:
        return json.dumps(f"{random.choice('abc')}-{random.randrange(50)}")
    return _string(random) if kind < 0.97 else value(random, 1)


def _amount(random: Random) -> str:
    kind = random.random()
    if kind < 0.88:
        return f"{random.randrange(10 ** random.randrange(1, 9))}.{random.randrange(100):02d}"
    return random.choice(nasty.NUMBERS) if kind < 0.98 else value(random, 1)


def _whole(random: Random) -> str:
    return str(random.randrange(1, 500)) if random.random() < 0.6 else random.choice(nasty.NUMBERS)


def _time(random: Random) -> str:
    if random.random() < 0.5:
        return f'"20{random.randrange(26):02d}-0{random.randrange(1, 10)}-04T10:00:00Z"'
    return json.dumps(random.choice(nasty.TIMES)) if random.random() < 0.95 else value(random, 1)


def _string(random: Random) -> str:
    written = json.dumps(nasty.text(random), ensure_ascii=random.random() < 0.5)
    return written if random.random() < 0.99 else written.replace("\\", "")


def _object(fields: Sequence[tuple[str, str]], random: Random) -> str:
    fields = list(fields)
    chance = random.random()
    if fields and chance < 0.02:
        fields.insert(random.randrange(len(fields) + 1), random.choice(fields))  # a name twice
    elif chance < 0.1:
        fields.append((nasty.text(random), value(random, 2)))
    elif fields and chance < 0.115:
        del fields[random.randrange(len(fields))]
    elif fields and chance < 0.13:
        at = random.randrange(len(fields))
        fields[at] = (fields[at][0], value(random, 2))
    blank = random.choice(("", "", "", " ", "\n")) if random.random() < 0.99 else "\u00a0"
    written = (f"{json.dumps(name)}{blank}:{content}" for name, content in fields)
    return "{" + f",{blank}".join(written) + "}"


def _array(items: Sequence[str], random: Random) -> str:
    return "[" + ",".join(items) + "," * (random.random() < 0.02) + "]"
