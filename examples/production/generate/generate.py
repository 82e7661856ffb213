#!/usr/bin/env python3
"""Makes the generated files of this example: the journal's text, its bundles,
the picture, the tide's chart and the font. They are committed, so that building
the example needs no Python; run this after a change here, with

    pip install fonttools brotli && python3 generate.py
"""

import json
import math
from pathlib import Path

import bundles
import gauge_font
import journal
import picture

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE.parent


def main():
    text = journal.journal()
    write("data/journal.json", json.dumps(text, indent=1, ensure_ascii=False) + "\n")
    write("assets/bundle.css", bundles.css((HERE / "journal.css").read_text()))
    write("assets/bundle.js", bundles.js((HERE / "search.js").read_text(), text))
    write("assets/tide.svg", tide())
    write("assets/sea.png", picture.png())
    write("assets/gauge.woff2", gauge_font.woff2())


def write(name, data):
    data = data.encode() if isinstance(data, str) else data
    (EXAMPLE / name).write_bytes(data)
    print(f"{len(data):7} {name}")


def tide():
    """A month of high and low water, springs and neaps."""
    heights = [
        math.sin(hour * 2 * math.pi / 12.42) * (1 + 0.35 * math.cos(hour * 2 * math.pi / 354.4))
        for hour in range(0, 30 * 24, 2)
    ]
    points = " ".join(f"{x * 2},{80 - height * 50:.1f}" for x, height in enumerate(heights))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 160" role="img">\n'
        "<title>A month of tides</title>\n"
        '<line x1="0" y1="80" x2="720" y2="80" stroke="#8aa" stroke-dasharray="4 4"/>\n'
        f'<polyline fill="none" stroke="#2a7f9e" stroke-width="2" points="{points}"/>\n'
        "</svg>\n"
    )


if __name__ == "__main__":
    main()
