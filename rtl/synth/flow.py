"""The steps for one design, each kept under the hash of what it depends on."""

import hashlib
import json
import subprocess
from pathlib import Path

import designs
import energy
import gatesim
import levels
import liberty
import mapping
import netlist
import timing

WIRE_UM = (0, 2, 5)  # per fanout; the middle one is the report's
FLOW = Path(__file__).parent
MODEL, TEXT = "assets/tinyllm-b158.gguf", "assets/heldout_slice.txt"


def digest(*parts):
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def flow_hash(*modules):
    """Over the flow's own files that a step depends on."""
    return digest(*((FLOW / m).read_text() for m in modules))


class Cache:
    """Results in files by step and hash."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def get(self, step, key, make):
        path = self.folder / f"{step}-{key}.json"
        if not path.exists():
            value = make()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value))
        return json.loads(path.read_text())


class Flow:
    """Synthesis and simulation of designs.

    `say` is called with a line for each step begun. `kit` is a liberty.Library or None for generic gates alone; `tool`
    the program synth_vectors.
    """

    def __init__(self, root, work, kit, tool, versions, say):
        self.root, self.work, self.kit, self.tool = Path(root), Path(work).resolve(), kit, tool
        self.versions, self.say = versions, say
        self.cache = Cache(self.work / "cache")
        if kit:
            self.merged = self.work / "merged.lib"
            self.work.mkdir(parents=True, exist_ok=True)
            self.merged.write_text(kit.merged()[0])

    def run(self, design):
        """Everything about a design, as it stands in the report."""
        out = {"title": design.title, "module": design.top, "parameters": design.parameters, "tied": design.tied,
               "operations_per_cycle": design.operations, "source_hash": design.source_hash(self.root),
               "generic": self.generic(design)}
        if design.stimulus:
            out["stimulus"] = design.stimulus
        if design.operator:
            out["operator"] = True
        if self.kit:
            out.update(self.cells(design))
        return out

    def folder(self, design):
        folder = self.work / design.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def generic(self, design):
        def make():
            self.say(f"{design.name}: generic gates")
            return mapping.generic(design, self.root, self.folder(design))

        key = digest(design.source_hash(self.root), self.versions["yosys"], flow_hash("mapping.py"))
        return self.cache.get(f"{design.name}-generic", key, make)

    def cells(self, design):
        key = digest(design.source_hash(self.root), self.versions["yosys"], self.kit.files,
                     flow_hash("mapping.py", "liberty.py"), design.modules)
        kept = self.cache.folder / f"{design.name}-netlist-{key}.json"

        def make():
            self.say(f"{design.name}: cells")
            folder = self.folder(design)
            mapping.wrap(design, self.root, folder)
            kept.write_text(mapping.mapped(design, self.root, folder, self.merged).read_text())
            if not design.modules:
                return {}
            return {"modules": mapping.module_areas(design, self.root, folder, self.merged,
                                                    lambda name: self.kit.cell(name).area)}

        out = self.cache.get(f"{design.name}-cells", key, make)
        gates = netlist.read_netlist(kept, self.kit)
        times = {um: timing.Timing(gates, um) for um in WIRE_UM}
        middle = times[WIRE_UM[1]]
        period = 1000
        while period * 0.95 < middle.period:
            period += 500
        flops = gates.flops
        result = {
            "area_um2": gates.area, "area_um2_per_operation": gates.area / design.operations,
            "register_area_um2": sum(f.kind.area for f in flops), "cells": len(gates.instances),
            "registers": len(flops),
            "critical_path_ps": {str(um): t.period for um, t in times.items()},
            "fmax_mhz": 1e6 / middle.period, "critical_path_cells": len(middle.path),
            "simulated_period_ps": period, **out}
        if design.by_level:
            result["levels"] = levels.areas(gates)
        result["energy_fj_per_operation"] = [self.energy(design, s, gates, times, period, key)
                                             for s in design.scenarios]
        return result

    def energy(self, design, scenario, gates, times, period, netlist_key):
        folder = self.folder(design)
        # Different weights of the same name would share a file otherwise.
        path = folder / f"{digest(scenario.weights, scenario.hold, scenario.layer)}.vec"
        self.vectors(design, scenario, path)
        vectors = gatesim.Vectors(path)

        def make():
            self.say(f"{design.name}: {scenario.name}")
            activity = gatesim.simulate(gates, times[WIRE_UM[1]], vectors, period, folder)
            parts, by_level = {}, {}
            if design.by_level:
                by_level["levels_fj"] = levels.energies(gates, times[WIRE_UM[1]], activity, self.kit.voltage, period)
            for um, timed in times.items():
                booked = energy.energy_of(gates, timed, activity, self.kit.voltage, period)
                parts[str(um)] = {name: value / design.operations for name, value in booked.items()}
            return {"scenario": scenario.name, "weights": scenario.weights, "weights_held_cycles": scenario.hold,
                    "layer": vectors.head["layer"]["name"], "weight_zeros": vectors.head["weight_zeros"],
                    "activation_zeros": vectors.head["activation_zeros"], "cycles_counted": activity.cycles,
                    "cycles_checked": activity.checked, **parts[str(WIRE_UM[1])],
                    "total_by_wire_um_per_fanout": {um: p["total"] for um, p in parts.items()}, **by_level}

        key = digest(netlist_key, hashlib.sha256(path.read_bytes()).hexdigest(), period, self.versions["iverilog"],
                     flow_hash("gatesim.py", "energy.py", "levels.py", "timing.py", "netlist.py", "toggles.c"))
        return self.cache.get(f"{design.name}-energy", key, make)

    def vectors(self, design, scenario, path):
        cycles = design.cycles * (design.held_factor if scenario.hold > 1 else 1)
        command = [str(self.tool), "--module", design.top, "--model", str(self.root / MODEL),
                   "--text", str(self.root / TEXT), "--layer", scenario.layer, "--weights", scenario.weights,
                   "--hold", str(scenario.hold), "--cycles", str(cycles), "--out", str(path)]
        for name, value in {**design.parameters, **design.stimulus}.items():
            command += ["--param", f"{name}={value}"]
        if design.top == "ternary_dot" and "en_i" not in design.tied:
            command += ["--param", "DriveEnable=1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise gatesim.SimulationError(done.stderr.strip())


ERRORS = (liberty.LibertyError, mapping.SynthesisError, gatesim.SimulationError, KeyError, OSError, ValueError)
__all__ = ["ERRORS", "Flow", "designs"]
