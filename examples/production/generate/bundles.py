"""A style sheet and a script of the size that build tools make: utility classes
of which the page uses some, and a search with its index built in."""

import json
import re

SPACES = {"0": "0", "1": ".25rem", "2": ".5rem", "3": ".75rem", "4": "1rem", "6": "1.5rem", "8": "2rem", "12": "3rem"}
SIDES = {"": "", "t": "-top", "r": "-right", "b": "-bottom", "l": "-left", "x": "-inline", "y": "-block"}
HUES = {"slate": 215, "sea": 195, "moss": 120, "sand": 45, "rust": 20, "dusk": 280}
SHADES = (10, 20, 30, 40, 50, 60, 70, 80, 90, 95)
SIZES = {"xs": ".75rem", "sm": ".875rem", "md": "1rem", "lg": "1.125rem", "xl": "1.25rem", "2xl": "1.5rem", "3xl": "2rem"}
SCREENS = {"": None, "sm": "40rem", "md": "56rem", "lg": "72rem"}


def css(own):
    """`own` is what was written by hand, the utilities follow it."""
    parts = [own]
    for screen, width in SCREENS.items():
        rules = "\n".join(utilities(f"{screen}\\:" if screen else ""))
        parts.append(f"@media (min-width: {width}) {{\n{rules}\n}}" if width else rules)
    parts.append("\n".join(colours()))
    return "\n".join(parts) + "\n"


def utilities(prefix):
    for name, value in SPACES.items():
        for side, suffix in SIDES.items():
            yield f".{prefix}m{side}-{name} {{ margin{suffix}: {value}; }}"
            yield f".{prefix}p{side}-{name} {{ padding{suffix}: {value}; }}"
        yield f".{prefix}gap-{name} {{ gap: {value}; }}"
    for name, value in SIZES.items():
        yield f".{prefix}text-{name} {{ font-size: {value}; line-height: 1.45; }}"
    for count in range(1, 7):
        yield f".{prefix}columns-{count} {{ grid-template-columns: repeat({count}, minmax(0, 1fr)); }}"
    for value in ("block", "flex", "grid", "inline", "none"):
        yield f".{prefix}{value} {{ display: {value}; }}"


def colours():
    for name, hue in HUES.items():
        for shade in SHADES:
            colour = f"hsl({hue} 35% {shade}%)"
            yield f".text-{name}-{shade} {{ color: {colour}; }}"
            yield f".bg-{name}-{shade} {{ background-color: {colour}; }}"
            yield f".border-{name}-{shade} {{ border-color: {colour}; }}"


def js(own, journal):
    """`own` is the search, which expects the index in `ENTRIES` and `WORDS`."""
    entries = [[entry["id"], entry["title"]] for entry in journal["entries"]]
    words = {}
    for number, entry in enumerate(journal["entries"]):
        text = " ".join([entry["title"], entry["author"], *entry["tags"], *entry["paragraphs"]])
        for word in set(re.findall(r"\w{3,}", text.lower())):
            words.setdefault(word, []).append(number)
    index = ",\n".join(f"  {json.dumps(word)}: {json.dumps(words[word])}" for word in sorted(words))
    return f"const ENTRIES = {json.dumps(entries, indent=1)};\nconst WORDS = {{\n{index}\n}};\n\n{own}"
