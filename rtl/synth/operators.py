"""Operators on their own, from which `technology.py` prices what the simulator counts; adder trees by levels."""

from design import BINARY, CHANGING, HELD, TERNARY, Design, staged

FLOAT = ("fp16_mac_round",)


def operator(name, top, parameters, title, scenarios, sources=(), stimulus=None, cycles=4096, tied=None):
    return Design(name, top, parameters, (*sources, top), title, tied or {}, scenarios, 1, cycles,
                  stimulus=stimulus or {}, operator=True)


def add(bits, lanes, title, suffix="", scenarios=TERNARY[:2], **stimulus):
    return operator(f"int_add_{bits}{suffix}", "int_add", {"Bits": bits}, f"add, {bits} bits: {title}", scenarios,
                    stimulus={"Lanes": lanes, **stimulus})


def tree(lanes, cycles):
    parts = ("ternary_lane", "ternary_tree_lanes", "ternary_tree_level", "ternary_tree_accumulator", "ternary_tree")
    return Design(f"ternary_tree_{lanes}", "ternary_tree",
                  {"Lanes": lanes, "LevelsPerStage": 2, "AccumulatorBits": 32}, parts,
                  f"ternary tree by level, {lanes} lanes, {staged(2)}, accumulator", {}, (CHANGING, HELD), lanes,
                  cycles, operator=True, by_level=True)


def float_add(bits):
    return operator(f"fp{bits}_add", "fp16_mac_add", {"Bits": bits, "Stages": 1}, f"FP{bits} add", BINARY[2:], FLOAT,
                    cycles=512, tied={"en_i": "1'b1", "clk_i": "1'b0"})


OPERATORS = (
    add(8, 2, "products of two lanes, modulo 256"),
    add(10, 2, "products of two lanes"),
    add(13, 16, "sums of 8 lanes each"),
    add(16, 64, "sums of 32 lanes each"),
    add(32, 16, "running sum and sum of 16 lanes", Accumulate=1),
    add(10, 2, "products of two lanes, zero in pairs", "_gated", TERNARY[2:6], GatedPairs=1),
    operator("ternary_lane", "ternary_lane", {}, "select or negate, 9 bits", TERNARY[:2]),
    operator("int_multiply_8", "int_multiply", {"Bits": 8}, "multiply, 8 bits", BINARY, cycles=1024),
    operator("int_multiply_32", "int_multiply", {"Bits": 32}, "multiply, 32 bits", BINARY[2:], cycles=128),
    operator("fp16_multiply", "fp16_mac_multiply", {"OutBits": 16, "Stages": 1}, "FP16 multiply, product register",
             BINARY[2:], FLOAT, cycles=512, tied={"en_i": "1'b1"}),
    float_add(16),
    float_add(32),
    operator("fp32_multiply", "fp32_multiply", {}, "FP32 multiply", BINARY[2:], FLOAT, cycles=256),
    operator("word_mux_8", "word_mux", {"Bits": 8}, "2:1 multiplexer, 8 bits", TERNARY[:2]),
    operator("word_register_64", "word_register", {"Bits": 64}, "register, 64 bits", TERNARY[:1], cycles=512),
    tree(16, 256),
    tree(64, 96),
)
