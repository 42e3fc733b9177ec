"""Liberty reading, static timing and energy of rtl/synth on a kit of two cells made up here, against sums by hand."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rtl/synth"))

import design  # noqa: E402
import energy  # noqa: E402
import gatesim  # noqa: E402
import liberty  # noqa: E402
import netlist  # noqa: E402
import timing  # noqa: E402


def both(kind, values):
    """A rise and a fall table over slews 0, 100 ps and loads 0, 10 fF."""
    def one(edge):
        name = {"delay": f"cell_{edge}", "slew": f"{edge}_transition", "power": f"{edge}_power"}[kind]
        return f'{name} (t) {{ index_1 ("0, 100"); index_2 ("0, 10"); values ("{values}", \\\n "{values}"); }}\n'
    return one("rise") + one("fall")


def pin_power(value, when=""):
    state = f'when : "{when}";' if when else ""
    tables = "".join(f'{e}_power (p) {{ index_1 ("0, 100"); values ("{value}, {value}"); }}' for e in ("rise", "fall"))
    return "".join(f"internal_power () {{ {state} related_pg_pin : {rail}; {tables} }}\n" for rail in ("VDD", "VSS"))


# An inverter: delay 10 + 2 x load ps, slew 20 ps, 0.1 fJ a rail; a flip-flop that inverts, 30 ps from the clock.
KIT = f"""library (made_up) {{
  time_unit : "1ps"; voltage_unit : "1V"; leakage_power_unit : "1pW"; capacitive_load_unit (1,ff);
  nom_voltage : 1.0; nom_temperature : 25;
  lu_table_template (t) {{ variable_1 : input_net_transition; variable_2 : total_output_net_capacitance; }}
  cell (INVx1) {{
    area : 0.5
    pin (Y) {{ direction : output;
      function : "!A";
      timing () {{ related_pin : "A"; timing_sense : negative_unate;
        {both("delay", "10, 30")} {both("slew", "20, 20")} }}
      internal_power () {{ related_pin : "A"; related_pg_pin : VDD; {both("power", "0.1, 0.1")} }}
      internal_power () {{ related_pin : "A"; related_pg_pin : VSS; {both("power", "0.1, 0.1")} }}
    }}
    pin (A) {{ direction : input; capacitance : 1.0; }}
    leakage_power () {{ value : 40; related_pg_pin : VDD; }}
  }}
  cell (DFFx1) {{
    area : 2;
    ff (IQN,IQNN) {{ clocked_on : "CLK"; next_state : "!D"; }}
    pin (QN) {{ direction : output;
      function : "IQN";
      timing () {{ related_pin : "CLK"; timing_type : rising_edge; {both("delay", "30, 30")} {both("slew", "20, 20")} }}
      internal_power () {{ related_pin : "CLK"; related_pg_pin : VDD; {both("power", "0.5, 0.5")} }}
      internal_power () {{ related_pin : "CLK"; related_pg_pin : VSS; {both("power", "0.5, 0.5")} }}
    }}
    pin (CLK) {{ direction : input; capacitance : 0.5;
      {pin_power(0.2, "(D * !QN)")}
      {pin_power(0.2, "(!D * QN)")}
      {pin_power(0.3, "(D * QN)")}
      {pin_power(0.3, "(!D * !QN)")}
    }}
    pin (D) {{ direction : input; capacitance : 0.5;
      {pin_power(0.05)}
      timing () {{ related_pin : "CLK"; timing_type : setup_rising;
        rise_constraint (t) {{ index_1 ("0, 100"); index_2 ("0, 100"); values ("7, 7", "7, 7"); }}
        fall_constraint (t) {{ index_1 ("0, 100"); index_2 ("0, 100"); values ("7, 7", "7, 7"); }} }} }}
    leakage_power () {{ value : 60; related_pg_pin : VDD; }}
  }}
}}
"""

# Flip-flop (net 10), two inverters (11, 12), back into the flip-flop; port q is net 11.
RING = {"ports": {"clk_i": {"direction": "input", "bits": [2]}, "q": {"direction": "output", "bits": [11]}},
        "cells": {"f": {"type": "DFFx1", "connections": {"CLK": [2], "D": [12], "QN": [10]}},
                  "a": {"type": "INVx1", "connections": {"A": [10], "Y": [11]}},
                  "b": {"type": "INVx1", "connections": {"A": [11], "Y": [12]}}}}


class MadeUpKit(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "kit.lib"
        self.path.write_text(KIT)
        self.kit = liberty.Library([self.path])
        self.ring = netlist.Netlist(RING, self.kit)

    def test_cells(self):
        self.assertEqual(self.kit.voltage, 1.0)
        self.assertEqual(self.kit.cell("INVx1").area, 0.5)
        self.assertEqual(self.kit.cell("DFFx1").flop, {"clock": "CLK", "next": "!D"})
        delay = self.kit.cell("INVx1").arcs[0].delay["rise"]
        self.assertAlmostEqual(delay.at(50, 2.5), 15)
        self.assertAlmostEqual(delay.at(50, 20), 50)  # beyond the table: the last slope
        merged, names = self.kit.merged()
        self.assertEqual(names, ["DFFx1", "INVx1"])
        self.assertNotIn("internal_power", merged)
        self.assertNotIn("leakage_power ()", merged)
        self.assertIn("area : 0.5;", merged)
        self.assertEqual(merged.count("{"), merged.count("}"))

    def test_other_units_are_refused(self):
        self.path.write_text(KIT.replace('"1ps"', '"1ns"'))
        with self.assertRaisesRegex(liberty.LibertyError, "time_unit is 1ns, expected 1ps"):
            liberty.Library([self.path])

    def test_longest_path(self):
        timed = timing.Timing(self.ring, 0)
        # Loads: net 10 one inverter, 1; net 11 an inverter and the port, 1 + 1; net 12 the flip-flop's data, 0.5 fF.
        self.assertEqual([timed.load[n] for n in (10, 11, 12)], [1.0, 2.0, 0.5])
        # Clock to output 30, inverters 10 + 2 x 2 and 10 + 2 x 0.5, setup 7.
        self.assertAlmostEqual(timed.period, 30 + 14 + 11 + 7)
        self.assertEqual([i.name for i in timed.path], ["f", "a", "b"])
        wired = timing.Timing(self.ring, 2)
        # 2 um x 0.173 fF/um on each fanout: two on net 11, one on net 12, and 2 ps for each fF.
        self.assertAlmostEqual(wired.period, 62 + 2 * 3 * 2 * timing.WIRE_FF_PER_UM)

    def test_energy(self):
        timed = timing.Timing(self.ring, 0)
        # Ten cycles in which the flip-flop changes five times, the second inverter seven times (one glitch pulse).
        activity = gatesim.Activity(10, {10: 5, 11: 5, 12: 7}, {10: 5, 11: 5, 12: 5}, 10)
        parts = energy.energy_of(self.ring, timed, activity, 1.0, 1000)
        # Inverters: V^2/2 x load, and 0.1 fJ on each of two rails, each change.
        self.assertAlmostEqual(parts["logic"], (5 * (1.0 + 0.2) + 7 * (0.25 + 0.2)) / 10)
        # Quiet edges: 0.2 fJ, two rails, two edges; the pin's 0.5 fF twice a cycle.
        self.assertAlmostEqual(parts["clock"], 0.8 + 0.5)
        # A change: output load V^2/2 x 1; 1.0 fJ instead of the quiet rising edge's 0.4, a falling edge with waiting
        # data 0.6 instead of 0.4. Data pin: 0.1 fJ for each of its changes.
        self.assertAlmostEqual(parts["registers"], (5 * (0.5 + 0.6 + 0.2) + 7 * 0.1) / 10)
        self.assertAlmostEqual(parts["leakage"], 140 * 1000 * 1e-9)
        # The glitch pulse: two changes of net 12 and the data pin behind it.
        self.assertAlmostEqual(parts["of_which_glitches"], 2 * (0.25 + 0.2 + 0.1) / 10)

    def test_an_undriven_net_is_refused(self):
        broken = {**RING, "cells": {k: v for k, v in RING["cells"].items() if k != "b"}}
        with self.assertRaisesRegex(ValueError, "net 12 is used and has no driver"):
            netlist.Netlist(broken, self.kit)

    def test_expressions(self):
        self.assertEqual(gatesim.expression("(!A * B) + C", {"A": 5, "B": 6, "C": "1"}), "( ~ n5 & n6 ) | 1'b1")
        with self.assertRaises(gatesim.SimulationError):
            gatesim.expression("A'", {"A": 5})


class Hashes(unittest.TestCase):
    def test_comments_and_simulation_do_not_count(self):
        text = "assign a = b;  // why\n`ifndef SYNTHESIS\n  assert (a);\n`endif\n/* more */ endmodule"
        self.assertEqual(design.stripped(text), "assign a = b; endmodule")
        self.assertNotEqual(design.stripped("assign a = c;"), design.stripped("assign a = b;"))


if __name__ == "__main__":
    unittest.main()
