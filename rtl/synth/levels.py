"""Energy and area of an adder tree by its levels, for designs that are mapped module by module."""

import re

import energy

TREE = r"gen_level\[(\d+)\]"


def level_of(instance):
    """What an instance belongs to, by its name: "lanes", "level 1" and so on, "accumulator"."""
    if "u_accumulator" in instance.name:
        return "accumulator"
    found = re.search(TREE, instance.name)
    if not found:
        raise ValueError(f"{instance.name} belongs to no level")
    return "lanes" if found[1] == "0" else f"level {found[1]}"


def groups(netlist):
    """{level: its instances}, lanes first, accumulator last."""
    out = {}
    for instance in netlist.instances:
        out.setdefault(level_of(instance), []).append(instance)
    order = ["lanes", *sorted(k for k in out if k.startswith("level")), "accumulator"]
    return {name: out[name] for name in order}


def areas(netlist):
    """{level: area and registers}."""
    return {name: {"area_um2": sum(i.kind.area for i in group), "registers": sum(i.kind.sequential for i in group)}
            for name, group in groups(netlist).items()}


def energies(netlist, timing, activity, voltage, period_ps):
    """fJ a cycle by level and part. With the inputs' own nets, "inputs", they sum up to the whole netlist's."""
    accounts = energy.Accounts(netlist, timing, activity, voltage)
    out = {"inputs": accounts.book(activity.changes, period_ps, [])}
    for name, group in groups(netlist).items():
        parts = accounts.book(activity.changes, period_ps, group)
        still = accounts.book(activity.settled, period_ps, group)
        out[name] = {**parts, "of_which_glitches": sum(parts.values()) - sum(still.values())}
    for name, parts in out.items():
        parts["total"] = sum(parts[p] for p in energy.PARTS)
        if name != "inputs":
            del parts["inputs"]
    out["inputs"] = {"total": out["inputs"]["inputs"]}
    return out
