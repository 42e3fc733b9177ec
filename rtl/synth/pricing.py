"""Constants of the energy model out of the report's netlists, and what the model then says of whole netlists.

Low, mid and high are the same account three times: weights held without wires, weights changing at the report's wire
length, weights changing at the longest one. A pipelined operator carries its share of the pipeline's registers and
their clock pins; operand registers and accumulators stay outside, since the simulator counts them as memory.
"""

from dataclasses import dataclass

LAYER, BELL = ("layer, changing", "layer, held 32"), ("bell, changing", "bell, held 32")
CORNERS = (("low", 1, "0"), ("mid", 0, "2"), ("high", 0, "5"))  # name, which of the two scenarios, um a fanout
LANE_BITS, PRODUCT_BITS, BASE3_BITS = 9, 16, 10


def energies(entry, scenarios, operations=1):
    """(low, mid, high) fJ of so many operations."""
    by_name = {e["scenario"]: e["total_by_wire_um_per_fanout"] for e in entry["energy_fj_per_operation"]}
    return tuple(by_name[scenarios[which]][um] * operations for _, which, um in CORNERS)


def line(bits, at8, at32):
    """The energy model's straight line through the adds of 8 and 32 bits."""
    share = (bits - 8) / 24
    return (1 - share) * at8 + share * at32


def tree_widths(lanes, lane_bits):
    """Result widths of the lanes - 1 additions of a tree."""
    widths, level = [], 0
    while lanes > 1:
        lanes //= 2
        level += 1
        widths += [lane_bits + level] * lanes
    return widths


def add8_of_tree(total, lanes, at32, lane_bits, lane):
    """What an 8-bit add costs so that a tree with its lanes comes to `total`."""
    widths = tree_widths(lanes, lane_bits)
    of32 = sum((w - 8) / 24 for w in widths)
    return (total - lanes * lane - of32 * at32) / (len(widths) - of32)


@dataclass(frozen=True)
class Price:
    """A constant at the three corners, the designs that it comes from and what to know."""

    low: float
    mid: float
    high: float
    unit: str
    designs: tuple
    comment: str


def at_corners(values, unit, designs, comment):
    return Price(*values, unit, designs, comment)


def ratio(values, mid, designs, comment):
    """A ratio: its range is that of the values, at whichever corner they stand."""
    return Price(min(values), mid, max(values), "ratio", designs, comment)


def over(above, below, designs, comment):
    values = [a / b for a, b in zip(above, below)]
    return ratio(values, values[1], designs, comment)


def gated_share(entry, um, kind):
    """What an add still costs when both its operands are zeroed: the energy with a share of zeros is that of the other
    adds and of this much of the gated ones."""
    by_name = {e["scenario"]: e for e in entry["energy_fj_per_operation"]}
    some, none = by_name[f"42 % zeros, {kind}"], by_name[f"0 % zeros, {kind}"]
    left = some["total_by_wire_um_per_fanout"][um] / none["total_by_wire_um_per_fanout"][um]
    zeros = some["weight_zeros"]
    return (left - (1 - zeros)) / zeros


def leakage_densities(designs):
    """W/mm2 of each datapath: fJ/ps are mW, and mW/um2 1000 W/mm2."""
    return [1000 * e["energy_fj_per_operation"][0]["leakage"] * e["operations_per_cycle"] / e["simulated_period_ps"]
            / e["area_um2"] for e in designs.values() if not e.get("operator")]


def energy_prices(designs):
    """{constant: Price} of what is an energy, or a ratio of two."""
    tree, int8 = "ternary_dot_16_levels_2", "int8_dot_16_levels_2"
    lane, at32 = energies(designs["ternary_lane"], LAYER), energies(designs["int_add_32"], LAYER)
    at8 = tuple(add8_of_tree(t, 16, a, LANE_BITS, n)
                for t, a, n in zip(energies(designs[tree], LAYER, 16), at32, lane))
    adds = tuple(sum(line(w, a, b) for w in tree_widths(16, PRODUCT_BITS)) for a, b in zip(at8, at32))
    mul8 = tuple((t - a) / 16 for t, a in zip(energies(designs[int8], BELL, 16), adds))
    add_alone = energies(designs["int_add_8"], LAYER)[1]
    mul_alone = energies(designs["int_multiply_8"], BELL)[1]
    lane_area, mux_area = designs["ternary_lane"]["area_um2"], designs["word_mux_8"]["area_um2"]
    gated = designs["int_add_10_gated"]
    shares = [gated_share(gated, um, kind) for kind in ("changing", "held 32") for um in ("0", "2", "5")]

    def at(bits):
        return tuple(line(bits, a, b) for a, b in zip(at8, at32))

    def alone(name, comment, scenarios=BELL):
        return at_corners(energies(designs[name], scenarios), "fJ", (name,), comment)

    return {
        "int8_add": at_corners(
            at8, "fJ", (tree, "ternary_lane", "int_add_32"),
            "What an add of the tree of 16 lanes costs with its share of pipeline registers, clock pins and glitches, "
            f"brought to 8 bits along the model's line. The 8-bit adder alone takes {add_alone:.1f} fJ."),
        "int32_add": alone(
            "int_add_32", "The adder alone, on running sums: accumulators are counted as memory.", LAYER),
        "int8_mul": at_corners(
            mul8, "fJ", (int8, tree, "int_add_32"),
            "What a multiplication of the INT8 tree of 16 lanes costs with its product register, the adds behind it at "
            f"the model's line; bell-shaped weights. The multiplier alone takes {mul_alone:.0f} fJ. No Booth recoding: "
            "on the high side."),
        "int32_mul": alone(
            "int_multiply_32", "The multiplier alone, whole product of 64 bits; other widths follow the power law "
            "through both points. No Booth recoding: on the high side."),
        "fp16_add": alone(
            "fp16_add", "The adder alone, on running sums with subnormals and rounding; accumulators are counted as "
            "memory. More than half of it is glitches of a single stage."),
        "fp16_mul": alone("fp16_multiply", "With its product register. No Booth recoding: on the high side."),
        "fp32_add": alone(
            "fp32_add", "The adder alone, on running sums of FP16 products. More than half of it is glitches of a "
            "single stage."),
        "fp32_mul": alone(
            "fp32_multiply", "The multiplier alone, 24-bit significands in use. No Booth recoding: on the high side."),
        "gated_add_factor": ratio(
            shares, gated_share(gated, "2", "changing"), ("int_add_10_gated",),
            "A 10-bit add of which 42 % are gated, over one without, new weights each cycle: going to zero and back "
            "moves the sign bits. Low: weights held, so that it stays at zero."),
        "negate_factor": over(
            lane, at(LANE_BITS), ("ternary_lane", tree),
            "A lane's selection and negation over a 9-bit add as priced here. As an area it is low: the lane has "
            f"{lane_area:.2f} um2."),
        "mux_factor": over(
            energies(designs["word_mux_8"], LAYER), at8, ("word_mux_8", tree),
            "A 2:1 multiplexer of 8 bits with new words and selections over an 8-bit add as priced here; its area is "
            f"{mux_area:.2f} um2."),
        "register_factor": over(
            energies(designs["word_register_64"], (LAYER[0],) * 2, 1 / 64), [a / 8 for a in at8],
            ("word_register_64", tree),
            "A register bit that takes new data each cycle, clock pin included, over a bit of the 8-bit add as priced "
            "here."),
        "base3_decode_adds": over(
            energies(designs["trit_decoder_8"], (LAYER[0],) * 2, 5), at(BASE3_BITS), ("trit_decoder_8", tree),
            "The decoder of 8 bytes with its registers, a byte, over a 10-bit add as priced here."),
    }


AREAS = {"area_int8_add": "int_add_8", "area_int32_add": "int_add_32", "area_int8_mul": "int_multiply_8",
         "area_int32_mul": "int_multiply_32", "area_fp16_add": "fp16_add", "area_fp16_mul": "fp16_multiply",
         "area_fp32_add": "fp32_add", "area_fp32_mul": "fp32_multiply"}


def other_prices(designs):
    """{constant: Price} of areas and leakage."""
    out = {}
    for name, design in AREAS.items():
        area = designs[design]["area_um2"]
        out[name] = Price(area, area, area, "um2", (design,),
                          "Cell area before placement, of this node: area_scale is 1.")
    out["area_scale"] = Price(1, 1, 1, "ratio", ("int_add_8",), "The areas of this file are of this node's own cells.")
    leaks = leakage_densities(designs)
    datapaths = tuple(n for n, e in designs.items() if not e.get("operator"))
    out["leakage_density"] = Price(min(leaks), sum(leaks) / len(leaks), max(leaks), "W/mm2", datapaths,
                                   "Mean, least and most of the datapaths, at 25 C and the typical corner, where a hot "
                                   "die leaks about ten times as much. Taken for SRAM as well, of which the kit has "
                                   "none.")
    return out


def prices(designs):
    """{constant: Price} of all that synthesis gives. Throws KeyError naming the first design that the report lacks."""
    return {**energy_prices(designs), **other_prices(designs)}


# What the model makes of whole netlists: name, design, scenarios, whether the price was taken from this one.
CHECKED = (
    ("ternary tree, 16 lanes, 2 levels a stage", "ternary_dot_16_levels_2", LAYER, True),
    ("ternary tree, 16 lanes, 1 level a stage", "ternary_dot_16_levels_1", LAYER, False),
    ("ternary tree, 16 lanes, 4 levels a stage", "ternary_dot_16_levels_4", LAYER, False),
    ("ternary tree, 64 lanes, 2 levels a stage", "ternary_dot_64_levels_2", LAYER, False),
    ("ternary matrix unit, 1 x 16, with operand registers and accumulator", "ternary_matrix_unit_1x16", LAYER, False),
    ("INT8 tree, 16 lanes, 2 levels a stage", "int8_dot_16_levels_2", BELL, True),
    ("INT8 array, 1 x 16, with operand registers and accumulator", "int8_mac_array_1x16", BELL, False),
    ("FP16 MAC, FP16 sum, 1 + 1 stages, with operand registers and accumulator", "fp16_mac_16_stages_1", BELL, False),
    ("FP16 MAC, FP32 sum, 1 + 1 stages, with operand registers and accumulator", "fp16_mac_32_stages_1", BELL, False),
)


def modelled(entry, priced):
    """fJ per operation of a netlist, by the model's counts and mid prices."""
    p = {name: price.mid for name, price in priced.items()}
    module = entry["module"]
    if module == "fp16_mac":
        return p["fp16_mul"] + p[f"fp{entry['parameters']['AccumulatorBits']}_add"]
    lanes = entry["parameters"]["Lanes"]
    ternary = module.startswith("ternary")
    widths = tree_widths(lanes, LANE_BITS if ternary else PRODUCT_BITS)
    if module in ("ternary_matrix_unit", "int8_mac_array"):
        widths.append(32)  # the accumulator's add
    lane = line(LANE_BITS, p["int8_add"], p["int32_add"]) * p["negate_factor"] if ternary else p["int8_mul"]
    return lane + sum(line(w, p["int8_add"], p["int32_add"]) for w in widths) / lanes


def checks(designs):
    """Rows of what the model makes of whole netlists: name, netlist's fJ, model's, whether a price came from it."""
    priced = prices(designs)
    return [(name, energies(designs[design], scenarios)[1], modelled(designs[design], priced), own)
            for name, design, scenarios, own in CHECKED]
