"""Constants out of a report of made-up figures, and energy by level, against sums by hand."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rtl/synth"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import energy  # noqa: E402
import gatesim  # noqa: E402
import levels  # noqa: E402
import liberty  # noqa: E402
import netlist  # noqa: E402
import pricing  # noqa: E402
import run  # noqa: E402
import technology  # noqa: E402
import timing  # noqa: E402
from flow_test import KIT, RING  # noqa: E402


def entry(**by_scenario):
    """An entry of the report: scenario to fJ at 0, 2 and 5 um."""
    names = {"changing": "layer, changing", "held": "layer, held 32", "zeros0": "0 % zeros, changing",
             "zeros42": "42 % zeros, changing"}
    return {"energy_fj_per_operation": [
        {"scenario": names[name], "weight_zeros": 0.25, "total_by_wire_um_per_fanout": dict(zip("025", values))}
        for name, values in by_scenario.items()]}


class Pricing(unittest.TestCase):
    def test_corners(self):
        one = entry(changing=(2, 3, 5), held=(1, 2, 4))
        self.assertEqual(pricing.energies(one, pricing.LAYER), (1, 3, 5))
        self.assertEqual(pricing.energies(one, pricing.LAYER, 4), (4, 12, 20))

    def test_an_add_of_a_tree(self):
        # Four lanes of 9 bits: two adds of 10 bits and one of 11. At 8 bits 12 fJ and at 32 bits 36, an add takes 1 fJ a
        # bit above 4: 14 and 15. With lanes of 5 fJ the tree takes 4 x 5 + 2 x 14 + 15 = 63.
        self.assertEqual(pricing.tree_widths(4, 9), [10, 10, 11])
        self.assertAlmostEqual(pricing.line(10, 12, 36), 14)
        self.assertAlmostEqual(pricing.add8_of_tree(63, 4, 36, 9, 5), 12)

    def test_a_gated_add(self):
        # A quarter of the adds gated, 10 fJ without: 8.5 fJ are 7.5 of the others and 1.0 of the gated, 0.4 of 2.5.
        gated = entry(zeros0=(0, 10, 0), zeros42=(0, 8.5, 0))
        self.assertAlmostEqual(pricing.gated_share(gated, "2", "changing"), 0.4)

    def test_leakage(self):
        # 0.5 fJ an operation, 4 a cycle of 1000 ps, 100 um2: 2 uW over 1e-4 mm2.
        tree = {"operations_per_cycle": 4, "simulated_period_ps": 1000, "area_um2": 100,
                "energy_fj_per_operation": [{"leakage": 0.5}]}
        self.assertEqual(pricing.leakage_densities({"a": tree, "b": {"operator": True}}), [0.02])

    def test_what_no_netlist_gives_is_copied(self):
        published = technology.PUBLISHED.read_text()
        kept = technology.blocks(published)
        self.assertEqual(len(kept), published.count("\n    tier: "))
        made = technology.blocks(technology.MADE.read_text())
        self.assertEqual(made["dram_lpddr5x"], kept["dram_lpddr5x"])
        self.assertNotEqual(made["int8_add"], kept["int8_add"])
        self.assertEqual(list(made), list(kept))
        self.assertEqual(technology.number(0.000123456), "0.0001235")
        self.assertEqual(technology.number(3209.77), "3210")


class Levels(unittest.TestCase):
    def test_levels_sum_up_to_the_whole(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / "kit.lib"
        path.write_text(KIT)
        names = {"a": "dut.gen_level[0].u_lanes.a", "b": "dut.gen_level[1].u_level.b", "f": "dut.u_accumulator.f"}
        ring = {"ports": RING["ports"], "cells": {names[name]: cell for name, cell in RING["cells"].items()}}
        gates = netlist.Netlist(ring, liberty.Library([path]))
        self.assertEqual(list(levels.areas(gates)), ["lanes", "level 1", "accumulator"])
        self.assertEqual(levels.areas(gates)["accumulator"], {"area_um2": 2, "registers": 1})
        timed = timing.Timing(gates, 2)
        activity = gatesim.Activity(10, {10: 5, 11: 5, 12: 7}, {10: 5, 11: 5, 12: 5}, 10)
        by_level = levels.energies(gates, timed, activity, 1.0, 1000)
        whole = energy.energy_of(gates, timed, activity, 1.0, 1000)
        for part in ("logic", "registers", "clock", "leakage", "total", "of_which_glitches"):
            self.assertAlmostEqual(sum(level.get(part, 0) for level in by_level.values()), whole[part])
        # The first inverter: V^2/2 x (1 fF and two wires of 2 um) and 0.1 fJ on two rails, five changes in ten cycles.
        self.assertAlmostEqual(by_level["lanes"]["logic"], 0.5 * ((2 + 4 * timing.WIRE_FF_PER_UM) / 2 + 0.2))
        self.assertEqual(by_level["inputs"]["total"], 0)

    def test_a_cell_of_no_level_is_refused(self):
        with self.assertRaisesRegex(ValueError, "belongs to no level"):
            levels.level_of(netlist.Instance("dut.something", None, {}))


class Merging(unittest.TestCase):
    def test_designs_go_into_a_report_of_the_same_kind_alone(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        old = {"tools": "a", "designs": {"int8_pe": 1, "ternary_pe": 2, "gone": 3}}
        (Path(folder.name) / "synthesis.json").write_text(json.dumps(old))
        new = {"tools": "a", "designs": {"ternary_pe": 4, "ternary_lane": 5}}
        # In the order of designs.py, without what is no design any more.
        merged = run.merged(new, Path(folder.name))["designs"]
        self.assertEqual(list(merged.items()), [("ternary_pe", 4), ("int8_pe", 1), ("ternary_lane", 5)])
        with self.assertRaisesRegex(ValueError, "has other tools than this run"):
            run.merged({"tools": "b", "designs": {}}, Path(folder.name))


if __name__ == "__main__":
    unittest.main()
