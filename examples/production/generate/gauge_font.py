"""A font of seven-segment digits, drawn here from rectangles: the readings of
the journal are set in it."""

import io

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

WIDTH, HEIGHT, STROKE = 520, 700, 90
MIDDLE = (HEIGHT - STROKE) // 2
LEFT, RIGHT = 60, WIDTH - 60 - STROKE

# The segments by their usual letters, as (x, y, width, height).
SEGMENTS = {
    "a": (LEFT, HEIGHT - STROKE, RIGHT - LEFT + STROKE, STROKE),
    "b": (RIGHT, MIDDLE, STROKE, HEIGHT - MIDDLE),
    "c": (RIGHT, 0, STROKE, MIDDLE + STROKE),
    "d": (LEFT, 0, RIGHT - LEFT + STROKE, STROKE),
    "e": (LEFT, 0, STROKE, MIDDLE + STROKE),
    "f": (LEFT, MIDDLE, STROKE, HEIGHT - MIDDLE),
    "g": (LEFT, MIDDLE, RIGHT - LEFT + STROKE, STROKE),
}
DIGITS = "abcdef bc abged abgcd fgbc afgcd afgedc abc abcdefg abcdfg".split()


def woff2():
    glyphs = {".notdef": [SEGMENTS[name] for name in "abcdef"], "space": []}
    characters = {" ": "space"}
    for digit, segments in enumerate(DIGITS):
        glyphs[f"digit{digit}"] = [SEGMENTS[name] for name in segments]
        characters[str(digit)] = f"digit{digit}"
    glyphs["hyphen"], characters["-"] = [SEGMENTS["g"]], "hyphen"
    glyphs["period"], characters["."] = [(60, 0, STROKE, STROKE)], "period"
    return build(glyphs, characters)


def build(glyphs, characters):
    order = list(glyphs)
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(order)
    font.setupCharacterMap({ord(c): name for c, name in characters.items()})
    font.setupGlyf({name: draw(rectangles) for name, rectangles in glyphs.items()})
    narrow = {"period": 210, "space": 260}
    font.setupHorizontalMetrics({name: (narrow.get(name, WIDTH), 60) for name in order})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Gauge", "styleName": "Regular"})
    font.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    font.setupPost()
    # Else the time of the build would differ from run to run. Fonts count from
    # 1904; this is 1970.
    font.updateHead(created=2082844800, modified=2082844800)
    font.font.recalcTimestamp = False
    font.font.flavor = "woff2"
    file = io.BytesIO()
    font.save(file)
    return file.getvalue()


def draw(rectangles):
    pen = TTGlyphPen(None)
    for x, y, width, height in rectangles:
        pen.moveTo((x, y))
        pen.lineTo((x, y + height))
        pen.lineTo((x + width, y + height))
        pen.lineTo((x + width, y))
        pen.closePath()
    return pen.glyph()
