"""Writes src/lab/preset/data.rs: the coordinates of the presets, every digit, so that all platforms have the same numbers.

Rings and mists come from sines, whose last digit differs between platforms: they are computed here once. The drawn clouds
(stripes, four spikes, band, high rank) are read from a JSON given as the first argument and are random draws that are kept.

    python3 presets.py clouds.json > ../../src/lab/preset/data.rs
"""
import json
import math
import sys
import textwrap

R2 = math.sqrt(2)


def ring(n, radius):
    return [(radius * math.cos(2 * math.pi * i / n), radius * math.sin(2 * math.pi * i / n)) for i in range(n)]


def mist():
    def entry(j, d):
        x = 1e4 * math.sin(12.9898 * j + 78.233 * d)
        return math.sqrt(3) * (2 * (x - math.floor(x)) - 1)

    return [[entry(j, d) for d in range(1, 33)] for j in range(1, 17)]


def line():
    return [(0.15 * s, 0.05 * s) for s in range(-5, 6)]


compass = [(2, 0), (0, 2), (-2, 0), (0, -2)]
compass_query = [(math.log(2) / R2, 0)]
village = [(0.2, 0), (0, 0.2), (-0.2, 0), (0, -0.2)]
tilt = math.radians(15)
lengths = [-1.2, -1, -0.8, -0.6, 0.6, 0.8, 1, 1.2]
fog = mist()
clouds = json.load(open(sys.argv[1]))
stripes, spikes = clouds["stripes"], clouds["four_spikes"]
band, high_rank = clouds["band"], clouds["high_rank"]

TABLES = {
    "COMPASS": compass,
    "COMPASS_QUERY": compass_query,
    "COMPASS_WITH_CENTRE": compass + [(0, 0)],
    "TWINS": compass[:1] + compass,
    "RECTANGLE": [(1, 0.5), (1, -0.5), (-1, 0.5), (-1, -0.5)],
    "RECTANGLE_QUERY": [(0.5, 0.25)],
    "FOUR_IN_A_ROW": [(-2, 0), (-1, 0), (1, 0), (2, 0)],
    "FOUR_IN_A_ROW_QUERY": [(0.5, 0)],
    "VILLAGES": [(1.5, 0.5), (1.5, -0.5), (2, 0), (1, 0), (-1.5, 0.5), (-1.5, -0.5), (-2, 0), (-1, 0)],
    "VILLAGES_QUERY": [(0.25, 0.5)],
    "WALL": ring(8, 2.5) + village,
    "WALL_QUERY": [(1, 0.5)],
    "HEXAGON": ring(6, 1),
    "HEXAGON_QUERY": [(0.5, 0.25)],
    "FOG": fog,
    "FOG_QUERY": [[0.5 * (a + b) for a, b in zip(fog[0], fog[1])]],
    "GOLDEN_FOUR": [(0.5, -1), (1.5, 0.25), (-0.75, 0.5), (0, 1.25)],
    "GOLDEN_FOUR_QUERIES": [(1, 0.5), (-0.5, 1), (0.25, -0.75), (2, -1)],
    "LINE": line(),
    "FAR_SLIP_VALUES": [(math.cos(s), math.sin(s)) for s in range(-5, 6)],
    "LINE_QUERY": [(0, -1)],
    "TILTED_LINE": [(t * math.cos(tilt), t * math.sin(tilt)) for t in lengths],
    "TILTED_LINE_QUERY": [(0.25, 0.75)],
    "DIAMOND": [(1, 0), (0, 1), (-1, 0), (0, -1)],
    "DIAMOND_QUERY": [(0.5, 0.25)],
    "STREET": [(2, 1), (2, -1), (2, 3), (2, -3), (2, 5), (2, -5), (0, 1), (0, -1), (4, 1), (4, -1)],
    "STREET_VALUES": [(1,)] * 6 + [(-1,)] * 4,
    "STREET_QUERY": [(2, 0)],
    "SIX_SCATTERED": [(2, 0), (0, 2), (-1, 1), (1, -1), (0.5, 0.5), (-1, -1)],
    "SIX_SCATTERED_QUERY": [(1, 0.5)],
    "CLOCK": ring(12, 2.5),
    "CLOCK_QUERY": [(2.5 * math.cos(math.radians(77)), 2.5 * math.sin(math.radians(77)))],
    "CROWD": [(2, 1), (2.2, 1), (2, 1.2), (2.2, 1.2), (-1, 1), (0, 2)],
    "CROWD_QUERY": [(0.5, 1)],
    "STRIP": [(j - 3.5, 0) for j in range(8)],
    "STRIP_VALUES": [(8 if j == 2 else 0,) for j in range(8)],
    "STRIP_QUERY": [(0.5, 1)],
    "STRIPES": stripes["keys"],
    "STRIPES_VALUES": [(v,) for v in stripes["values"]],
    "STRIPES_QUERY": [stripes["query"]],
    "FOUR_SPIKES": spikes["clean"],
    "FOUR_SPIKES_VALUES": spikes["values"],
    "FOUR_SPIKES_QUERY": [spikes["clean"][0]],
    "BAND": band,
    "BAND_QUERY": [(1.2, 0.9)],
    "HIGH_RANK": high_rank,
    "HIGH_RANK_QUERY": [high_rank[0]],
    # Drawn once with a seeded generator, then kept.
    "RING_TARGETS": [(y,) for y in [1.0102, 0.1111, 0.7206, 0.3581, 0.5029, 0.6961, -0.005, -0.308, -1.3323, -0.6693, -1.0596, -0.3382]],
    "HILL": [(y / 3,) for y in [0, 1, 2, 3, 2, 1, 0, -1, -2, -3, -2, -1]],
    "ALTERNATING": [(1 - 2 * (j % 2),) for j in range(12)],
    "JUMP": [(1, 0), (0, 1), (1, 1), (-1, 0)],
    "JUMP_QUERIES": [(1, 1), (1, -1), (0, 1), (1, 0)],
    "JUMP_VALUES": [(1, 0.1), (-1, -0.1), (1, 0.1), (-1, 0.1)],
    "JUMP_PREVIOUS": [(0, 0)] * 4,
    "LATTICE": [(x, y) for x in (-0.75, -0.25, 0.25, 0.75) for y in (-0.75, -0.25, 0.25, 0.75)],
    "LATTICE_QUERY": [(0.1, 0.2)],
    "RULER": [(-4 + 8 * j / 11,) for j in range(12)],
    "RULER_QUERY": [(0.4,)],
    "SENTENCE": [(-1.67, 0.35), (-1.27, 0.73), (-0.3, 2.13), (0.36, 1.46), (1.34, 1.13), (1.42, 0.46), (1.52, -0.5), (1.26, -1.22)],
    "SENTENCE_QUERY": [(0.36, 1.46)],
    "PAIR": [(1.3, 0.4), (0.8, -1.1)],
    "PAIR_QUERY": [(0.8, -1.1)],
}

print("//! The coordinates of the presets, written by `assets/data/presets.py`.\n")
print("use super::Table;\n")
for name, rows in TABLES.items():
    # Rounding leaves nothing where a sine or cosine is 0.
    rows = [[0.0 if abs(x) < 1e-15 else float(x) for x in row] for row in rows]
    numbers = textwrap.fill(", ".join(repr(x) for row in rows for x in row), 116, break_on_hyphens=False)
    print(f"pub(super) const {name}: Table = Table::new({len(rows[0])}, &[")
    print(textwrap.indent(numbers, "    ") + "\n]);\n")
