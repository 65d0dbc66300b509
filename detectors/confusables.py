"""Letters and marks that look like ASCII ones, as far as people disguise text with them.

Compatibility forms (full-width, mathematical, circled) are not here: NFKC undoes them.
Source: UTS #39 (confusables: which characters look alike); the characters are those of the Unicode Standard
"""

from __future__ import annotations

# Each script as two strings of the same length: its letters, and what they look like.
_PAIRS: tuple[tuple[str, str], ...] = (
    # Cyrillic
    ("АВЕЅІЈКМНОРСТХУԌԚԜҮЗ", "ABESIJKMHOPCTXYGQWY3"),
    ("асԁеһіјӏорԛѕѵԝхуү", "acdehijlopqsvwxyy"),
    # Greek
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϳ", "ABEZHIKMNOPTYXCj"),
    ("αγικνορσυχϲ", "ayikvopouxc"),
    # Armenian
    ("ՍՏՕԼօոսհցզա", "USOLonuhgqw"),
    # Cherokee
    ("ᎠᎡᎢᎥᎪᎫᎬᎳᎷᎻᏃᏆᏒᏔᏙᏚᏞᏟᏢᏦᏴ", "DRTiAJEWMHZIRWVSLCPKB"),
    # Latin: small capitals, dotless and script letters
    ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
    ("ıȷɑɡɩʋɯƖ", "ijagiuwl"),
    # Marks: quotes, colons, slashes, full stop, dashes, asterisks, underscore, equals sign
    ("‘’‛ʼʹ′“”‟″", 6 * "'" + 4 * '"'),
    ("∶։꞉ː⁄∕╱⧸․−˗⁃∗⁎٭‗꞊", "::::////.---***_="),
)

#: Each look-alike with the ASCII character that it stands for.
LOOK_ALIKES: dict[str, str] = {
    disguise: plain for disguises, plains in _PAIRS for disguise, plain in zip(disguises, plains, strict=True)
}
