"""Damage to texts and bytes, at random places."""

from __future__ import annotations

from random import Random

from tests.fuzz import nasty

_TOKENS = [
    *(b"{", b"}", b"[", b"]", b":", b",", b'"', b"\\", b"\\u0000", b"\\ud800", b"\\udc00", b"null"),
    *(
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"\xff",
        b"\x00",
    ),
    *(
        b"\xf4\x90\x80\x80",
        b"\xe2\x80\xa8",
        b"\r\n",
        b"%2F",
        b"%00",
        b"%",
        b"..",
        b"//",
        b"#",
        b"?",
    ),
]


def damaged(content: bytes, random: Random) -> bytes:
    """Change a few places of some bytes."""
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        at = random.randrange(len(changed) + 1)
        match random.randrange(6):
            case 0:
                changed[at:at] = random.choice(_TOKENS)
            case 1:
                changed[at : at + 1] = bytes([random.randrange(256)])
            case 2:
                del changed[at : at + random.choice((1, 1, 4, 64))]
            case 3:
                end = at + random.randrange(20)
                changed[at:at] = changed[at:end]
            case 4 if at < len(changed):
                changed[at] ^= 1 << random.randrange(8)
            case _:
                changed[at:at] = random.choice(nasty.IDS).encode("utf-8", "surrogatepass")
    return bytes(changed)


def maybe_damaged(text: str, random: Random) -> bytes:
    """Give a text as bytes, and one in three times with damage."""
    content = text.encode("utf-8", "surrogatepass")
    return damaged(content, random) if random.random() < 0.35 else content
