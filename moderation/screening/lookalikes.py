"""Characters that are drawn for a Latin letter, or for a plain sign, which NFKC and case folding leave as they are.

By the eye, hence capitals apart from small letters: the Greek capital eta is an H, the small one an n. True Greek and Russian become
nonsense by it, which is no harm: the rules of the house are in languages that are written in Latin letters.
"""

from __future__ import annotations


def _pairs(imitations: str, letters: str) -> dict[str, str]:
    return dict(zip(imitations, letters, strict=True))


def _enclosed() -> dict[str, str]:
    """White letters in black circles and squares; unlike the black ones in white they have no compatibility form."""
    return {chr(first + number): chr(ord("a") + number) for first in (0x1F150, 0x1F170) for number in range(26)}


LOOKALIKES: dict[str, str] = {
    # Cyrillic
    **_pairs("АВЕЁКМНОРСТУХЅІЇЈЗ", "abeekmhopctyxsiije"),
    **_pairs("авеёкмнорстухѕіїјԁԛһӏѵѡпьгзш", "abeekmhopctyxsiijdqhlvwnbrew"),
    # Greek
    **_pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx"),
    **_pairs("αβγεηικμνορςστυχω", "abyenikuvopsotuxw"),
    # Latin letters with a stroke or a form of their own
    **_pairs("øØđĐðÐłŁħĦıŧŦŋɑɡɩʟɴʀʏʙɢʜɪ", "oodd" + "dd" + "llhhittnagilnrybghi"),
    **_pairs("ᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜰꜱ", "acdejkmoptuvwzfs"),
    "æ": "ae",
    "Æ": "ae",
    "œ": "oe",
    "Œ": "oe",
    "þ": "p",
    "Þ": "p",
    **_enclosed(),
    # Signs that are typed for one another
    **dict.fromkeys("’‘ʼʹ′`´‛", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−﹣", "-"),
    **dict.fromkeys("。｡", "."),  # browsers take both for the dot of a host
}
