"""Tables of the operators, of the adder trees level by level, and of what the energy model makes of whole netlists."""

import pricing
from markdown import number, table

TREES = (16, 64)
SCENARIOS = pricing.LAYER


def operator_table(all_designs):
    rows = []
    for entry in all_designs.values():
        if not entry.get("operator") or "levels" in entry:
            continue
        for one in entry["energy_fj_per_operation"]:
            wires = one["total_by_wire_um_per_fanout"]
            rows.append([entry["title"], one["scenario"], number(entry["area_um2"], 2),
                         number(entry["critical_path_ps"]["2"], 0), number(one["total"]), number(one["inputs"]),
                         number(one["registers"] + one["clock"]), number(one["of_which_glitches"]),
                         f"{wires['0']:.1f} to {wires['5']:.1f}"])
    return table(["operator", "weights", "area, um2", "longest path, ps", "total, fJ", "of this inputs",
                  "register and clock", "glitches", "total at 0 to 5 um"], rows)


def level_rows(entry, one):
    """A row for each level, the sum of the tree without its accumulator last. fJ a cycle."""
    lanes = entry["parameters"]["Lanes"]
    rows, area, registers = [], 0, 0
    parts = dict.fromkeys(("logic", "registers", "clock", "total"), 0)
    for name, level in entry["levels"].items():
        energy = one["levels_fj"][name]
        if name == "lanes":
            count, width, called = lanes, 9, "lanes: select or negate"
            # The nets that come in are the lanes' alone.
            energy = {**energy, **{p: energy[p] + one["levels_fj"]["inputs"]["total"] for p in ("logic", "total")}}
        elif name == "accumulator":
            count, width, called = 1, entry["parameters"]["AccumulatorBits"], "accumulator (not in the sum)"
        else:
            count, width, called = lanes >> int(name.split()[1]), 9 + int(name.split()[1]), name
        row = [lanes, one["scenario"], called, count, width, number(level["area_um2"]), level["registers"],
               *(number(energy[p]) for p in parts), number(energy["total"] / count)]
        if name == "accumulator":
            last = row
            continue
        rows.append(row)
        area += level["area_um2"]
        registers += level["registers"]
        parts = {p: parts[p] + energy[p] for p in parts}
    rows.append([lanes, one["scenario"], "sum", "", "", number(area), registers,
                 *(number(v) for v in parts.values()), number(parts["total"] / lanes) + " a lane"])
    return [*rows, last], parts["total"]


def flat_row(all_designs, entry, scenario, total):
    lanes = entry["parameters"]["Lanes"]
    flat = all_designs[f"ternary_dot_{lanes}_levels_{entry['parameters']['LevelsPerStage']}"]
    one = next(e for e in flat["energy_fj_per_operation"] if e["scenario"] == scenario)
    whole = {p: one[p] * lanes for p in ("logic", "registers", "clock", "total", "inputs")}
    whole["logic"] += whole["inputs"]
    return [lanes, scenario, f"flat netlist; the sum is {100 * (total / whole['total'] - 1):+.1f} %", "", "",
            number(flat["area_um2"]), flat["registers"],
            *(number(whole[p]) for p in ("logic", "registers", "clock", "total")),
            number(whole["total"] / lanes) + " a lane"]


def level_table(all_designs):
    rows = []
    for lanes in TREES:
        entry = all_designs[f"ternary_tree_{lanes}"]
        for one in entry["energy_fj_per_operation"]:
            made, total = level_rows(entry, one)
            rows += [*made[:-1], flat_row(all_designs, entry, one["scenario"], total), made[-1]]
    return table(["lanes", "weights", "level", "operators", "bits", "area, um2", "registers", "logic, fJ a cycle",
                  "registers, fJ", "clock, fJ", "total, fJ", "an operator, fJ"], rows)


def check_table(all_designs):
    rows = []
    for name, netlist, model, own in pricing.checks(all_designs):
        off = "by construction" if own else f"{100 * (model / netlist - 1):+.1f} %"
        rows.append([name, number(netlist), number(model), off])
    return table(["netlist, weights changing", "fJ per operation", "the model, asap7-synthesised", "difference"], rows)


def sections(all_designs):
    """The part of the report that is made of operators; empty where they were not synthesised."""
    if any(f"ternary_tree_{lanes}" not in all_designs for lanes in TREES):
        return ""
    return f"""## Operators on their own

What the simulator counts, as netlists of one operator each, on operands as the datapaths have them: `technology.py`
makes the constants of `configs/technologies/asap7-synthesised.yaml` from these and from the trees. fJ per operation; of
the register, per cycle.

{operator_table(all_designs)}
## Adder trees level by level

The same trees with a module for each level, two levels a stage, and an accumulator behind; mapped module by module, so
that each cell belongs to a level. The inputs' nets are with the lanes. ABC cannot optimise across levels here, which is
why the sum is above the flat netlist's.

{level_table(all_designs)}
## What the energy model makes of the netlists

The model counts a selection or negation per lane, an add per node, a multiplication per product, and prices each by its
width. Operand registers and the accumulator's register are no operators: it prices them as accesses to memory, and
control not at all.

{check_table(all_designs)}
"""
