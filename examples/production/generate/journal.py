"""The text of /page: a harbour's journal, varied as real text is, and the same
at every run. What compresses it well should compress real pages well."""

import random

ENTRIES = 41

PEOPLE = (
    "Marit Solberg|Tomasz Wilk|Adaeze Obi|Henrik Lund|Yara Haddad|Pascal Guérin|Keiko Mori|"
    "Bríd Nolan|Stelian Popa|Ingrid Voss|Samir Rahal|Lotte Brandt"
).split("|")
BOATS = (
    "Kittiwake|Old Margaret|Fair Isle|Stormcock|Sandpiper|Blue Heron|Second Wind|Ragnhild|"
    "Lady Anne|Patience|Gannet|Northern Light|Curlew|Two Brothers|Seahorse|Merganser"
).split("|")
PLACES = (
    "the north mole|the fish quay|the slipway|the inner basin|the fuel jetty|berth fourteen|"
    "the old dry dock|the pilot steps|the breakwater|the ferry landing|the chandler's yard|"
    "the outer buoy|the lock gates|the net loft|the harbour office|the east pontoon"
).split("|")
THINGS = (
    "a mooring line|the tide gauge|a bilge pump|the starboard winch|two fenders|the radio mast|"
    "a cracked rudder stock|the crane's brake|the fog signal|an anchor chain|the ice machine|"
    "a diesel injector|the gangway|the leading lights|a torn genoa|the weather vane|"
    "the propeller shaft|a crate of shackles|the depth sounder|the mooring buoy"
).split("|")
DEEDS = (
    "replaced|repaired|inspected|painted|hauled out|greased|measured|spliced|tested|cleaned|"
    "rewired|dismantled|photographed|condemned|borrowed|found"
).split("|")
WEATHER = (
    "a hard frost|drizzle from the west|a falling glass|bright sun and no wind|thick fog|"
    "a short steep sea|squalls out of the south-east|low cloud|a long oily swell|sleet|"
    "the first warm day|a gale warning|thunder inland|a clear cold night|patchy mist"
).split("|")
TIMES = (
    "before dawn|at first light|around nine|towards noon|after the noon ferry|in the afternoon|"
    "at slack water|an hour before high tide|on the ebb|by dusk|after dark|close to midnight"
).split("|")
CARGO = (
    "mackerel|timber|road salt|crushed granite|herring|barley|machine parts|mussels|fertiliser|"
    "wind turbine blades|empty crates|lobster|cable drums|whelks"
).split("|")
REASONS = (
    "because nobody else would|since the insurer asks for it|as the manual has it|"
    "against the advice of the pilot|with tools from the ferry|for the third time this year|"
    "while the rain held off|to be ready for the spring tides|on the quiet|"
    "so that the survey finds nothing|at the owner's expense|under a borrowed lamp"
).split("|")
SENTENCES = (
    "{Time} {person} {deed} {thing} at {place}, {reason}.",
    "{Weather} kept {boat} alongside until {number} hours.",
    "{boat} came in {time} with {tonnes} tonnes of {cargo} and left her papers at {place}.",
    "We {deed} {thing} and {deed} {thing}; {person} signed for both.",
    "The gauge at {place} read {metres} m {time}, {cm} cm above the table.",
    "{person} asks that nobody moor {boat} at {place} before the survey.",
    "There was {weather} {time}, and by the time it cleared {boat} had gone.",
    "{boat} and {boat} both want {place}; {person} will decide {time}.",
    "Somebody {deed} {thing} without a note in this book.",
    "A visitor from {boat} paid for {number} nights and {deed} {thing} {reason}.",
    "Sold: {number} litres of diesel, {cm} kg of ice, and a chart of the sound.",
    "{person} heard {boat} call on channel {cm} {time}, bearing {number} from {place}.",
    "The inspector walked from {place} to {place} and wrote down {number} remarks.",
    "Wind {wind} knots at {place}, gusting {gust}; {weather} to follow, says {person}.",
    "Note for {person}: {thing} is {deed}, but the spare is still on {boat}.",
    "Of the {cargo} on {boat}, {tonnes} tonnes were weighed twice and came out {cm} kg apart.",
    "Children caught crabs off {place} {time} and gave their names as {person} and sons.",
    "The order for {thing} has come, the bill too: {tonnes} a piece, and {number} for carriage.",
    "It took {person} and {person} until long past supper to have {thing} {deed}.",
    "Lights out at {place} {time}; {person} {deed} a fuse {reason}.",
)
MONTHS = "January February March April May June July August September October November December"


def journal():
    """The context of templates/journal.html."""
    rng = random.Random(20261123)
    return {
        "title": "The harbour journal",
        "entries": [entry(rng, number) for number in range(1, ENTRIES + 1)],
    }


def entry(rng, number):
    month = MONTHS.split()[(number - 1) * 12 // ENTRIES]
    return {
        "id": f"entry-{number}",
        "title": title(rng),
        "date": f"{1 + number * 11 % 28} {month}",
        "author": rng.choice(PEOPLE),
        "tags": rng.sample(CARGO, rng.randint(1, 3)),
        "paragraphs": [paragraph(rng) for _ in range(rng.randint(1, 3))],
        "readings": [reading(rng, hour) for hour in (6, 12, 18)],
    }


def title(rng):
    shape = rng.choice(("{Weather}, and {boat} late", "{boat} at {place}", "{Thing} {deed}"))
    return fill(rng, shape)


def paragraph(rng):
    shapes = rng.sample(SENTENCES, rng.randint(3, 5))
    return " ".join(fill(rng, shape) for shape in shapes)


def reading(rng, hour):
    return {
        "hour": f"{hour:02}:00",
        "wind": rng.randint(2, 38),
        "pressure": round(rng.uniform(978, 1036), 1),
        "tide": round(rng.uniform(-1.2, 4.6), 2),
    }


def fill(rng, shape):
    """Puts words into a sentence, each slot drawn anew."""
    words = {
        "person": lambda: rng.choice(PEOPLE),
        "boat": lambda: rng.choice(BOATS),
        "place": lambda: rng.choice(PLACES),
        "thing": lambda: rng.choice(THINGS),
        "deed": lambda: rng.choice(DEEDS),
        "weather": lambda: rng.choice(WEATHER),
        "time": lambda: rng.choice(TIMES),
        "cargo": lambda: rng.choice(CARGO),
        "reason": lambda: rng.choice(REASONS),
        "number": lambda: rng.randint(2, 360),
        "tonnes": lambda: round(rng.uniform(0.5, 90), 1),
        "metres": lambda: round(rng.uniform(0.2, 4.9), 2),
        "cm": lambda: rng.randint(2, 75),
        "wind": lambda: rng.randint(4, 30),
        "gust": lambda: rng.randint(31, 55),
    }
    text, rest = "", shape
    while "{" in rest:
        before, rest = rest.split("{", 1)
        slot, rest = rest.split("}", 1)
        word = str(words[slot.lower()]())
        text += before + (word[0].upper() + word[1:] if slot[0].isupper() else word)
    text += rest
    return text[0].upper() + text[1:]
