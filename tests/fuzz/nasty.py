"""Texts, numbers and ids that break what is careless."""

from __future__ import annotations

from random import Random

IDS = (
    "#",
    "##",
    "M#x",
    "MEMBER",
    "MEMBER#",
    "MEMBER#default#ann",
    "ENTRY#",
    "ENTRY#000000000001",
    "REF#default#order:A-1",
    "order:A-1",
    "order:order:A-1",
    ":A-1",
    "key:1",
    "DUE#default#2026-01-01#00",
    "2026-01-01#ann",
    "2026-01-01$",
    "9999-12-31#ann",
    "default#ann",
    "ann",
    "Ann",
    "ann ",
    " ann",
    "ann\u00a0",
    "аnn",  # noqa: RUF001 - a Cyrillic a, which is what it is about
    "ａｎｎ",  # noqa: RUF001 - full width, as above
    "a\u0301nn",  # NFD
    "\u00e1nn",  # NFC
    "\u212b",  # the sign of Ångström, which NFC makes Å
    "\u00c5",
    "K\u212a",
    "ﬁ",
    "ı",  # noqa: RUF001 - a dotless i, whose upper case is I
    "ß",
    "ann\u200b",
    "ann\u202e",
    "ann\ufe0f",
    "👩‍👧",
    "𝒶𝓃𝓃",  # noqa: RUF001 - as above
    "%",
    "%41",
    "%2F",
    "%00",
    "a/b",
    "../../etc/passwd",
    "..",
    ".",
    "a?b=c",
    "'; DROP TABLE entry; --",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "<script>",
    "\\",
    '"',
    "0",
    "00",
    "-0",
    "null",
    "true",
    "NaN",
    "__proto__",
    "__class__",
    "x" * 127,
    "x" * 128,
    "x" * 129,
    "🎁" * 128,
    "🎁" * 129,
    "",
    " ",
    "\x00",
    "a\x00b",
    "\n",
    "\t",
    "\x7f",
    "\x85",
    "\u2028",
    "\ufeff",
    "\ufffd",
    "\uffff",
    "\U0010ffff",
    "\ue000",
    "\ud800",
    "\udfff",
    "a\ud83d",
)

# As JSON may write them, or almost.
NUMBERS = (
    *("0", "-0", "0.0", "-0.0", "1", "-1", "0.01", "0.005", "0.009999", "12.50", "12.345", "1.0"),
    *(
        "1e2",
        "1E+2",
        "1e-2",
        "5e-324",
        "1e308",
        "1e309",
        "1e999",
        "1e-999",
        "1e99999999999999999999",
    ),
    *("1e-99999999999999999999", "1e999999", "-1e999", "0e999999999", "0e-999999999"),
    *("1000000000000", "1000000000000.00", "1000000000000.01", "999999999999.99", "1000000000001"),
    *("9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775809"),
    *(
        "18446744073709551616",
        "1" + "0" * 127,
        "1" + "0" * 128,
        "9" * 400,
        "9" * 5000,
        "0." + "0" * 400,
    ),
    *(
        "0." + "0" * 400 + "1",
        "12.5" + "0" * 300,
        "1" + "0" * 15,
        "1" + "0" * 16,
        "604800",
        "604801",
    ),
    *("NaN", "Infinity", "-Infinity", "0x10", "1_000", "01", "+1", ".5", "5.", "1e", "١٢"),
)

TIMES = (
    *("2026-05-04T10:00:00Z", "2026-05-04T12:00:00+02:00", "2026-05-05T09:59:59.999999Z"),
    *("2026-05-05T10:00:00Z", "2026-05-05T10:00:00.000001Z", "1970-01-01T00:00:00Z"),
    *("1969-12-31T23:59:59.999999Z", "1970-01-01T00:30:00+01:00", "1969-12-31T23:30:00-01:00"),
    *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
    *("9999-12-31T23:59:59.999999Z", "2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
    *("2026-05-04T24:00:00Z", "2026-05-04T23:59:60Z", "2026-05-04T10:00:00", "2026-05-04"),
    *("2026-05-04t10:00:00z", "2026-05-04 10:00:00Z", "2026-05-04T10:00Z", "20260504T100000Z"),
    *("2026-05-04T10:00:00+99:99", "2026-05-04T10:00:00-00:00", "2026-W19-1T10:00:00Z"),
    *("2026-05-04T10:00:00.Z", "2026-05-04T10:00:00." + "1" * 500 + "Z", "٢٠٢٦-05-04T10:00:00Z"),
    *("2026-05-04T10:00:00Z\n", "", "now", "1746352800"),
)


def text(random: Random) -> str:
    """Give a text: a nasty one, a part of one, or some characters from anywhere."""
    kind = random.random()
    if kind < 0.4:
        return random.choice(IDS)
    if kind < 0.5:
        return random.choice(IDS) + random.choice(IDS)
    if kind < 0.8:
        return "".join(chr(random.randrange(32, 127)) for _ in range(random.randrange(12)))
    return "".join(chr(code_point(random)) for _ in range(random.randrange(9)))


def code_point(random: Random) -> int:
    """Give a code point, those of the first planes as often as all others."""
    return random.randrange(random.choice((0x100, 0x800, 0x3000, 0x10000, 0x110000)))
