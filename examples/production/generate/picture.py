"""A PNG of a sea at dusk, for the page to show and for the compression layer
to leave alone."""

import math
import random
import struct
import zlib

WIDTH, HEIGHT = 640, 160


def png():
    # A grain as of film: without it the picture shrinks to nearly nothing.
    grain = random.Random(1904)
    rows = b"".join(b"\0" + row(grain, y) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def row(grain, y):
    return bytes(
        max(0, min(255, int(channel) + shift))
        for x in range(WIDTH)
        for shift in [grain.choice((0, 0, 0, 1, 3))]
        for channel in pixel(x, y)
    )


def pixel(x, y):
    red, green, blue = 246, 196 - y * 0.55, 150 + y * 0.35
    if math.hypot(x - 480, y - 52) < 26:
        red, green, blue = 255, 236, 190
    for depth in range(4):
        crest = 70 + depth * 24 + 7 * math.sin(x / (46 - depth * 6) + depth * 2.1)
        crest += 3 * math.sin(x / 17 + depth)
        if y > crest:
            red, green, blue = 120 - depth * 26, 120 - depth * 18, 150 - depth * 16
    return red, green, blue
