"""What is synthesised, and with which operands its netlist is simulated."""

from design import BINARY, CHANGING, HELD, TERNARY, Design, Scenario, staged
from operators import OPERATORS

FP16 = ("fp16_mac_round", "fp16_mac_multiply", "fp16_mac_add", "fp16_mac")
REQUANTISE = ("requantise_scale", "requantise_reciprocal", "requantise_quantise", "requantise")


def dot(lanes, levels, scenarios=(CHANGING, HELD), suffix="", tied=None, cycles=256):
    return Design(f"ternary_dot_{lanes}_levels_{levels}{suffix}", "ternary_dot",
                  {"Lanes": lanes, "LevelsPerStage": levels}, ("ternary_dot",),
                  f"ternary dot, {lanes} lanes, {staged(levels)}{', enable' * bool(suffix)}",
                  {"en_i": "1'b1"} if tied is None else tied, scenarios, lanes, cycles)


def int8_dot(levels, scenarios):
    return Design(f"int8_dot_16_levels_{levels}", "int8_dot",
                  {"Lanes": 16, "LevelsPerStage": levels, "RegisterProducts": 1}, ("int8_dot",),
                  f"INT8 dot, 16 lanes, {staged(levels)}", {"en_i": "1'b1"}, scenarios, 16, 128)


def fp16(bits, stages):
    slots = stages  # one sum in flight for each adder stage, so that no beat waits
    return Design(f"fp16_mac_{bits}_stages_{stages}", "fp16_mac",
                  {"Rows": 1, "Slots": slots, "AccumulatorBits": bits, "MultiplyStages": stages, "AddStages": stages},
                  FP16, f"FP16 MAC, FP{bits} sum, {stages} + {stages} stages", {"ready_i": "1'b1"}, BINARY, 1, 512,
                  4, modules=True)


def unit(rows, lanes, slots, levels, scenarios, cycles):
    return Design(f"ternary_matrix_unit_{rows}x{lanes}", "ternary_matrix_unit",
                  {"Rows": rows, "Lanes": lanes, "Slots": slots, "LevelsPerStage": levels, "AccumulatorBits": 32},
                  ("ternary_dot", "ternary_matrix_unit"),
                  f"ternary matrix unit, {rows} x {lanes}, {slots} slot{'s' * (slots > 1)}", {"ready_i": "1'b1"},
                  scenarios, rows * lanes, cycles, modules=True)


def array():
    return Design("int8_mac_array_1x16", "int8_mac_array",
                  {"Rows": 1, "Lanes": 16, "Slots": 1, "LevelsPerStage": 2, "RegisterProducts": 1,
                   "AccumulatorBits": 32},
                  ("int8_dot", "int8_mac_array"), "INT8 MAC array, 1 x 16, 1 slot", {"ready_i": "1'b1"},
                  BINARY, 16, 128, modules=True)


def element(kind, scenarios):
    name = {"ternary": "ternary", "int8": "INT8"}[kind]
    return Design(f"{kind}_pe", f"{kind}_pe", {"AccumulatorBits": 32}, (f"{kind}_pe",),
                  f"{name} serial processing element", {"en_i": "1'b1"}, scenarios, 1, 4096)


DESIGNS = (
    dot(16, 2, TERNARY),
    element("ternary", TERNARY),
    element("int8", BINARY),
    int8_dot(2, BINARY),
    fp16(16, 1),
    fp16(32, 1),
    dot(16, 1),
    dot(16, 4),
    unit(1, 16, 1, 2, (CHANGING, HELD), 256),
    array(),
    fp16(16, 2),
    fp16(32, 2),
    int8_dot(1, BINARY[:1]),
    dot(16, 2, (CHANGING, HELD), "_enable", {}),
    dot(64, 1, (CHANGING,), cycles=96),
    dot(64, 2, TERNARY[:4], cycles=96),
    dot(64, 3, (CHANGING,), cycles=96),
    unit(4, 16, 4, 1, (CHANGING, Scenario("layer, held 4", "layer", 4)), 96),
    Design("trit_decoder_8", "trit_decoder", {"Bytes": 8}, ("trit_decoder_byte", "trit_decoder"),
           "trit decoder, 8 bytes (40 weights) a cycle", {"ready_i": "1'b1"}, (CHANGING,), 40, 256, modules=True),
    Design("requantise_1", "requantise", {"Lanes": 1, "MaxBeats": 16, "FractionBits": 16, "AbsmaxFloor": 1},
           REQUANTISE, "requantisation, 1 lane, rows of 16 (a cycle)", {"ready_i": "1'b1"}, (CHANGING,), 1, 512,
           modules=True),
    *OPERATORS,
)

# Small enough for a test of a few seconds.
QUICK = ("ternary_dot_16_levels_2", "ternary_pe")


def find(name):
    """The design of that name. Throws KeyError with the names that there are."""
    for design in DESIGNS:
        if design.name == name:
            return design
    raise KeyError(f"no design '{name}'; there are: {', '.join(d.name for d in DESIGNS)}")
