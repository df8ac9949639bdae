#!/usr/bin/env python3
"""Makes the subset fonts in this folder from the full ones.

Sources (npm packages, used only as carriers of the font files):

    inter-ui 4.1.1                        web/Inter-Regular.woff2, web/Inter-SemiBold.woff2      Inter 4.001
    @expo-google-fonts/stix-two-text 0.4.2  STIXTwoText_400Regular.ttf, _400Regular_Italic.ttf,
                                          _600SemiBold.ttf                                       STIX Two Text 2.13
    @expo-google-fonts/stix-two-math 0.4.0  STIXTwoMath_400Regular.ttf                           STIX Two Math 2.12

Run it with fonttools 4.68.0 and brotli 1.2.1:

    python subset.py --inter-regular A --inter-semibold B --stix-text C --stix-italic D --stix-semibold E --stix-math F

The output depends on nothing but the inputs: no time stamp is written.
"""

import argparse
import pathlib
import sys

import brotli
from fontTools import subset
from fontTools.ttLib import TTFont


def span(first: int, last: int) -> set[int]:
    """The code points from first to last, both included."""
    return set(range(first, last + 1))


def of(text: str) -> set[int]:
    """The code points of a text; blanks only separate."""
    return {ord(character) for character in text if not character.isspace()}


GREEK = (span(0x391, 0x3C9) - {0x3A2}) | {0x3D5, 0x3F5}
ITALIC_GREEK = GREEK | of("ϑ ϱ ϖ ϰ")

# U+00AD is a hint, not a glyph; U+0149 is deprecated and in no font; U+2072 and U+2073 are not assigned.
LATIN = (span(0x20, 0x7E) | span(0xA0, 0x17F)) - {0xAD, 0x149}
PUNCTUATION = span(0x2010, 0x2027)
TEXT = (
    LATIN
    | PUNCTUATION
    | {0x2009, 0x202F}  # thin space, narrow no-break space
    | of("‹ ›")
    | span(0x2030, 0x2033)
    | (span(0x2070, 0x208E) - {0x2072, 0x2073})
    | span(0x2190, 0x2199)
    | of("− √ ∞ ≈ ≠ ≤ ≥")
)
CANVAS = TEXT | GREEK

ITALIC = of("ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz") | ITALIC_GREEK | {0x20}

SYMBOLS = of(
    "∇ ∈ ∉ ⊂ ∪ ∩ ∀ ∃ ∅ ∏ ∑ ∗ ∘ ∝ ∥ ∫ ∼ ≃ ≅ ≪ ≫ ⊕ ⊗ ⊙ ⊤ ⊥ ⋅ ⋮ ⋯ ⋱ ‖ ↦ ⇒ ⇔"
    "⟨ ⟩ ⌈ ⌉ ⌊ ⌋ ℂ ℕ ℝ ℤ 𝒟 𝒮 𝟎 𝟏"
)

# STIX Two Text has no arrows and no mathematics; on the page they come from STIX Two Math, the next font in the list.
PROSE = TEXT - span(0x2190, 0x2199) - of("‣ ․ ‧ √ ∞ ≈ ≠ ≤ ≥")

ITALIC_LETTERS = (span(0x1D434, 0x1D467) - {0x1D455}) | {0x210E}  # italic h is U+210E
GREEK_ITALIC_LETTERS = span(0x1D6E2, 0x1D71B)
MATHEMATICS = (
    SYMBOLS
    | span(0x20, 0x7E)
    | of("¬ ¯ ° ± ² ³ ´ µ ¶ · ¸ ¹ § × ÷")
    | {0xA0}
    | ITALIC_GREEK
    | ITALIC_LETTERS
    | GREEK_ITALIC_LETTERS
    | span(0x1D400, 0x1D433)  # bold letters
    | span(0x1D7CE, 0x1D7D7)  # bold digits
    | of("− √ ∞ ≈ ≠ ≤ ≥ ≡ ∂ ℓ ⊆ ∣ ′ ″ ‴ … ← → ↑ ↓ ↔ ˆ ˜ ˉ ˙ ‘ ’ “ ”")
    | {0x302, 0x303, 0x304, 0x307}  # accents; `flac` flattens them over capitals
    | {0x2009, 0x202F, 0x2061, 0x2062, 0x2063, 0x2064}  # thin spaces, invisible operators
)

# What stands in scripts, and so needs the sturdier shapes of `ssty`.
IN_SCRIPTS = (
    span(0x1D44E, 0x1D467)
    | {0x210E}
    | GREEK_ITALIC_LETTERS
    | of("0123456789 abcdefghijklmnopqrstuvwxyz + − = ′ ⊤ ∗ , ( ) / 𝐷 𝐾 𝑀 𝑁 𝑇")
)

NAMES = [0, 1, 2, 3, 4, 5, 6, 13, 14]


def load(path: str) -> TTFont:
    """The font at the path, with the time stamp it was published with."""
    return TTFont(path, recalcTimestamp=False)


def freeze_tabular_digits(font: TTFont) -> None:
    """Makes the digits of `tnum` the default ones: egui sets no OpenType features, and numbers must not dance."""
    table = font["GSUB"].table
    lookups = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for index in record.Feature.LookupListIndex
    }
    tabular: dict[str, str] = {}
    for index in lookups:
        for part in table.LookupList.Lookup[index].SubTable:
            tabular.update(getattr(part, "ExtSubTable", part).mapping)
    for cmap in font["cmap"].tables:
        if cmap.isUnicode():
            for digit in range(ord("0"), ord("9") + 1):
                # Subtables may share one dictionary, so a digit can be tabular already.
                cmap.cmap[digit] = tabular.get(cmap.cmap[digit], cmap.cmap[digit])
    widths = {font["hmtx"][font.getBestCmap()[digit]][0] for digit in range(ord("0"), ord("9") + 1)}
    if len(widths) != 1:
        sys.exit(f"the frozen digits have several widths: {sorted(widths)}")


def spare_script_shapes(font: TTFont) -> None:
    """Leaves `ssty` only for what stands in scripts, and one shape for both script sizes: each shape has the full outline."""
    table = font["GSUB"].table
    bases = {name for point, name in font.getBestCmap().items() if point in IN_SCRIPTS}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag != "ssty":
            continue
        for index in record.Feature.LookupListIndex:
            for part in table.LookupList.Lookup[index].SubTable:
                part = getattr(part, "ExtSubTable", part)
                part.alternates = {
                    base: [shapes[0]] * len(shapes) for base, shapes in part.alternates.items() if base in bases
                }


def cut(font: TTFont, points: set[int], features: list[str], mathematics: bool = False) -> TTFont:
    """Leaves the code points, the layout features and, for mathematics, the MATH table."""
    options = subset.Options()
    options.layout_features = features
    options.name_IDs = NAMES
    options.name_languages = [0x409]
    options.hinting = False
    options.desubroutinize = False
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.glyph_names = False
    options.drop_tables += ["STAT", "DSIG", "gasp", "meta"]
    options.drop_tables += [] if mathematics else ["MATH"]
    options.drop_tables += [] if features else ["GDEF", "GPOS", "GSUB"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(font)
    return font


def share_line_metrics(font: TTFont, model: TTFont) -> None:
    """Gives the font the ascent and descent of the model, so that both stand on one baseline in a line of egui's."""
    unit = font["head"].unitsPerEm / model["head"].unitsPerEm
    ascent, descent = (round(unit * value) for value in (model["hhea"].ascent, model["hhea"].descent))
    font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap = ascent, descent, 0
    metrics = font["OS/2"]
    metrics.sTypoAscender, metrics.sTypoDescender, metrics.sTypoLineGap = ascent, descent, 0
    metrics.usWinAscent, metrics.usWinDescent = ascent, -descent


def write(font: TTFont, path: pathlib.Path) -> None:
    """Writes the font (.ttf plain, .woff2 compressed) and prints its size."""
    font.flavor = "woff2" if path.suffix == ".woff2" else None
    font.save(path)
    content = path.read_bytes()
    transfer = len(content) if font.flavor else len(brotli.compress(content, quality=11))
    print(f"{path.name:26} {len(content):7} bytes, {transfer:6} as transferred, {len(font.getBestCmap())} code points")


def check(font: TTFont, points: set[int], name: str) -> None:
    """Stops when the font lacks a code point: the subsetter leaves out in silence what the source does not have."""
    missing = points - font.getBestCmap().keys()
    if missing:
        sys.exit(f"{name} lacks " + " ".join(f"U+{point:04X}" for point in sorted(missing)))


def main() -> None:
    """Cuts all eight fonts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for source in ("inter-regular", "inter-semibold", "stix-text", "stix-italic", "stix-semibold", "stix-math"):
        parser.add_argument(f"--{source}", required=True)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    given = parser.parse_args()

    for source, name in ((given.inter_regular, "inter-regular.ttf"), (given.inter_semibold, "inter-semibold.ttf")):
        font = load(source)
        freeze_tabular_digits(font)
        font = cut(font, CANVAS, ["kern"])
        check(font, CANVAS, name)
        write(font, given.out / name)
    inter = font

    for source, points, name in (
        (given.stix_italic, ITALIC, "stix-text-italic.ttf"),
        (given.stix_math, SYMBOLS, "stix-math-symbols.ttf"),
    ):
        font = cut(load(source), points, [])
        share_line_metrics(font, inter)
        check(font, points, name)
        write(font, given.out / name)

    font = load(given.stix_math)
    spare_script_shapes(font)
    font = cut(font, MATHEMATICS, ["ssty", "dtls", "flac"], mathematics=True)
    check(font, MATHEMATICS, "stix-math.woff2")
    write(font, given.out / "stix-math.woff2")

    for source, name in (
        (given.stix_text, "stix-text-400.woff2"),
        (given.stix_italic, "stix-text-400i.woff2"),
        (given.stix_semibold, "stix-text-600.woff2"),
    ):
        font = cut(load(source), PROSE, ["kern", "liga", "locl"])
        check(font, PROSE, name)
        write(font, given.out / name)


if __name__ == "__main__":
    main()
