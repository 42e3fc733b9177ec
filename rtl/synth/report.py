"""The report: a tree with every figure, written as JSON, and tables of it in Markdown."""

import json
import textwrap
from pathlib import Path

import flow
import mapping
import operator_tables
import timing
from markdown import number, ratio, table
from pricing import BELL, LAYER

KIT = "ASAP7 predictive 7 nm kit, 7.5 tracks, RVT (Arizona State University; BSD 3-Clause)"


def rounded(value):
    """Floats at six significant digits, so that a report is the same wherever it is made."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return value


def tree(results, versions, kit, rail_check):
    """All that is reported. Keys carry their units: um2, ps, mhz, fj (a cycle's energy over its operations)."""
    out = {"generated_by": "rtl/synth/run.py", "tools": versions, "designs": results}
    if kit:
        out["corner"] = {"kit": KIT, "liberty": kit.files, "voltage_v": kit.voltage, "temperature_c": kit.temperature,
                         "process": "typical"}
        out["assumptions"] = {
            "abc_target_ps": mapping.TARGET_PS, "driving_cell": mapping.DRIVER,
            "wire_ff_per_um": timing.WIRE_FF_PER_UM, "wire_um_per_fanout": flow.WIRE_UM[1],
            "input_slew_ps": timing.INPUT_SLEW, "input_delay_ps": timing.INPUT_DELAY,
            "clock_slew_ps": timing.CLOCK_SLEW, "output_load_ff": timing.OUTPUT_LOAD,
            "inverter_rail_charge_over_input_charge": rail_check}
    return rounded(out)


def energy(entry, scenario, key="total"):
    """fJ per operation, None where the design was not simulated so."""
    for one in entry.get("energy_fj_per_operation", []):
        if one["scenario"] == scenario:
            return one[key]
    return None


def size_table(all_designs):
    rows = []
    for entry in all_designs.values():
        per = entry["area_um2_per_operation"]
        rows.append([entry["title"], number(entry["area_um2"]), number(per, 2), entry["cells"], entry["registers"],
                     number(entry["critical_path_ps"]["2"], 0), entry["critical_path_cells"],
                     number(entry["fmax_mhz"], 0), entry["generic"]["total"], entry["generic"]["levels"]])
    return table(["design", "area, um2", "um2 per operation", "cells", "of these registers", "longest path, ps",
                  "cells on it", "Fmax, MHz", "generic gates", "generic levels"], rows)


def energy_table(all_designs):
    rows = []
    for entry in all_designs.values():
        for one in entry["energy_fj_per_operation"]:
            wires = one["total_by_wire_um_per_fanout"]
            rows.append([entry["title"], one["scenario"], f"{100 * one['weight_zeros']:.0f}",
                         f"{100 * one['activation_zeros']:.0f}", number(one["total"]), number(one["logic"]),
                         number(one["registers"]), number(one["clock"]), number(one["inputs"]),
                         number(one["leakage"], 3), number(one["of_which_glitches"]),
                         f"{wires['0']:.1f} to {wires['5']:.1f}"])
    return table(["design", "weights", "zero weights, %", "zero activations, %", "total, fJ", "logic", "registers",
                  "clock", "inputs", "leakage", "of these glitches", "total at 0 to 5 um"], rows)


# Rows of the comparison: name, design, scenario of changing weights, scenario of held weights.
COMPARED = (
    ("ternary add, tree of 16 lanes", "ternary_dot_16_levels_2", LAYER),
    ("ternary add, tree of 64 lanes", "ternary_dot_64_levels_2", LAYER),
    ("ternary add, serial element", "ternary_pe", LAYER),
    ("ternary add, matrix unit 1 x 16 with its registers", "ternary_matrix_unit_1x16", LAYER),
    ("INT8 MAC, tree of 16 lanes, ternary weights", "int8_dot_16_levels_2", LAYER),
    ("INT8 MAC, tree of 16 lanes, bell-shaped weights", "int8_dot_16_levels_2", BELL),
    ("INT8 MAC, serial element, ternary weights", "int8_pe", LAYER),
    ("INT8 MAC, serial element, bell-shaped weights", "int8_pe", BELL),
    ("INT8 MAC, array 1 x 16 with its registers, bell-shaped weights", "int8_mac_array_1x16", BELL),
    ("FP16 MAC, FP16 sum, 1 + 1 stages", "fp16_mac_16_stages_1", BELL),
    ("FP16 MAC, FP16 sum, 2 + 2 stages", "fp16_mac_16_stages_2", BELL),
    ("FP16 MAC, FP32 sum, 1 + 1 stages", "fp16_mac_32_stages_1", BELL),
    ("FP16 MAC, FP32 sum, 2 + 2 stages", "fp16_mac_32_stages_2", BELL),
)


def comparison(all_designs):
    base = all_designs["ternary_dot_16_levels_2"]
    rows = []
    for name, design, (changing, held) in COMPARED:
        entry = all_designs[design]
        rows.append([name, number(entry["area_um2_per_operation"], 2),
                     ratio(entry["area_um2_per_operation"], base["area_um2_per_operation"]),
                     number(energy(entry, changing)), ratio(energy(entry, changing), energy(base, LAYER[0])),
                     number(energy(entry, held)), ratio(energy(entry, held), energy(base, LAYER[1]))])
    return table(["operation", "area, um2", "ratio", "energy, weights changing, fJ", "ratio",
                  "energy, weights held 32 cycles, fJ", "ratio"], rows)


# Like with like: what is above, what is below, scenario pairs of each.
PAIRS = (
    ("INT8 MAC / ternary add, trees of 16 lanes", "int8_dot_16_levels_2", BELL, "ternary_dot_16_levels_2", LAYER),
    ("the same, both with the ternary layer's weights", "int8_dot_16_levels_2", LAYER, "ternary_dot_16_levels_2",
     LAYER),
    ("INT8 MAC / ternary add, units of 1 x 16 with operand registers and accumulator", "int8_mac_array_1x16", BELL,
     "ternary_matrix_unit_1x16", LAYER),
    ("INT8 MAC / ternary add, serial elements", "int8_pe", BELL, "ternary_pe", LAYER),
    ("FP16 MAC with FP16 sum / ternary add in a unit of 1 x 16", "fp16_mac_16_stages_2", BELL,
     "ternary_matrix_unit_1x16", LAYER),
    ("FP16 MAC with FP32 sum / ternary add in a unit of 1 x 16", "fp16_mac_32_stages_2", BELL,
     "ternary_matrix_unit_1x16", LAYER),
    ("serial ternary element / ternary add in a unit of 1 x 16", "ternary_pe", LAYER, "ternary_matrix_unit_1x16",
     LAYER),
)


def pair_table(all_designs):
    rows = []
    for name, above, over, below, under in PAIRS:
        a, b = all_designs[above], all_designs[below]
        rows.append([name, ratio(a["area_um2_per_operation"], b["area_um2_per_operation"]),
                     *(ratio(energy(a, over[i]), energy(b, under[i])) for i in (0, 1))])
    return table(["ratio", "area", "energy, weights changing", "energy, weights held"], rows)


def sweep_table(all_designs):
    rows = []
    for entry in all_designs.values():
        if entry["module"] == "ternary_dot" and entry["tied"]:
            parameters = entry["parameters"]
            one = next(e for e in entry["energy_fj_per_operation"] if e["scenario"] == LAYER[0])
            rows.append((parameters["Lanes"], parameters["LevelsPerStage"], entry["registers"],
                         number(entry["area_um2_per_operation"], 2), number(entry["fmax_mhz"], 0), number(one["total"]),
                         number(one["logic"]), number(one["registers"] + one["clock"]),
                         number(one["of_which_glitches"])))
    return table(["lanes", "levels a stage", "registers", "um2 per add", "Fmax, MHz", "fJ per add", "of these logic",
                  "registers and clock", "glitches"], sorted(rows))


def module_table(all_designs):
    rows = [[entry["title"], module, one["instances"], number(one["area_um2"])]
            for entry in all_designs.values() for module, one in sorted(entry.get("modules", {}).items())]
    return table(["design", "module", "instances", "area of all, without what they contain, um2"], rows)


def markdown(data):
    """The tables of a tree that has cells."""
    corner, assumed = data["corner"], data["assumptions"]
    designs = {name: entry for name, entry in data["designs"].items() if not entry.get("operator")}
    files = "".join(f"- `{f['name']}`, sha256 `{f['sha256'][:16]}...`\n" for f in corner["liberty"])
    intro = textwrap.fill(
        f"{data['tools']['yosys']} and ABC, to cells of the {corner['kit']}. {corner['process'].capitalize()} corner, "
        f"{corner['voltage_v']} V, {corner['temperature_c']:.0f} C. Timing is the flow's own on the NLDM tables; "
        f"energy comes from simulating each netlist with those delays ({data['tools']['iverilog']}) on operands of the "
        "embedded model. Every netlist gave the outputs of its C++ model in every simulation. An operation is a ternary add or a "
        f"multiply-accumulate. Wires: {assumed['wire_um_per_fanout']} um a fanout, {assumed['wire_ff_per_um']} fF/um; "
        "there is no placement, and no clock tree above the registers' pins. `rtl/synth/README.md` says what is high or "
        "low.", 120)
    return f"""<!-- Generated by rtl/synth/run.py from synthesis.json; do not edit. -->
# Synthesis of the ternary datapath and its baselines

{intro}

Renew: `rtl/synth/run.py --liberty <the files below, unpacked>`. `synthesis.json` has every figure.

{files}
## Energy and area per operation

The ratios of this table are to the tree of 16 lanes in the first row, which holds no operand registers and no
accumulator.

{comparison(designs)}
Like with like:

{pair_table(designs)}
The FP16 MAC is one lane with its registers, so it is compared with the ternary unit that has its own; weights are
bell-shaped for INT8 and FP16 where nothing else is said, and the layer's for ternary.

## Levels of the adder tree between registers

{sweep_table(designs)}
## Size and speed

{size_table(designs)}
## Energy by part, fJ per operation

`layer` are the weights of `blk.1.ffn_up` (`down` those of `blk.1.ffn_down`), `n % zeros` random ones; activations are
always the layer's own. `held 32`: weights stay for 32 cycles.

{energy_table(designs)}
## Area by module

Mapped module by module, without optimisation across them; the sums differ from the flat areas above.

{module_table(designs)}
{operator_tables.sections(data["designs"])}"""


def clock_limits(data):
    """The fastest clocks of the adder trees, as configs/synthesis/asap7-timing.yaml has them."""
    corner = data["corner"]
    entries = []
    for entry in data["designs"].values():
        if entry["module"] == "ternary_dot" and entry["tied"]:
            p = entry["parameters"]
            entries.append((p["Lanes"], p["LevelsPerStage"], entry["fmax_mhz"]))
    lines = "".join(f"  - {{lanes: {lanes}, tree_levels_per_stage: {levels}, value: {fmax / 1000:.2f}e9}}\n"
                    for lanes, levels, fmax in sorted(entries))
    made = f"{data['tools']['yosys']}, ASAP7 RVT, {corner['process']} corner, {corner['voltage_v']} V"
    return f"""# The fastest clock of the ternary adder tree by lanes and levels a stage.
# Generated by rtl/synth/run.py; do not edit.
name: asap7-timing
description: "ternary_dot in predictive 7 nm cells, before placement; reports/synthesis has the method and all figures"
tier: synthesised
unit: Hz
source: "rtl/synth with {made}, {corner['temperature_c']:.0f} C"
adder_trees:
{lines}"""


def write(data, folder):
    """Writes synthesis.json and, where there are cells, README.md."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "synthesis.json").write_text(json.dumps(data, indent=1) + "\n")
    if "corner" in data and all(d in data["designs"] for _, d, _ in COMPARED):
        (folder / "README.md").write_text(markdown(data))
