"""Gate-level simulation in Icarus Verilog: checks a netlist against its vectors and counts what each net does.

Every gate has one rise and one fall delay, the mean over its pins of the NLDM delays at the slews and loads of the
static timing. Delays are inertial: a pulse shorter than the gate's delay does not pass. Inputs change together,
INPUT_DELAY behind the clock edge, as from registers.
"""

import json
import re
import subprocess
from pathlib import Path

from timing import INPUT_DELAY

WARM_UP = 16  # cycles before counting, at least; more where the pipeline is longer


class SimulationError(Exception):
    """A simulator that fails, or a netlist that does not compute what its C++ model does."""


class Vectors:
    """A file of synth_vectors: its description and its lines."""

    def __init__(self, path):
        self.path = Path(path)
        with open(path) as file:
            self.head = json.loads(file.readline())
            self.lines = file.read().split()
        self.inputs, self.outputs = self.head["inputs"], self.head["outputs"]
        self.input_bits = sum(bits for _, bits in self.inputs)
        self.output_bits = sum(bits for _, bits in self.outputs)
        top = self.input_bits + self.output_bits
        self.checked = [int(line, 16) >> top & 1 for line in self.lines]


def expression(function, pins):
    """A Liberty function with nets for pins, in Verilog."""
    operators = {"*": "&", "+": "|", "!": "~", "^": "^", "(": "(", ")": ")", "&": "&", "|": "|"}
    out = []
    for token in re.findall(r"\w+|\S", function):
        if token in pins:
            net = pins[token]
            out.append(f"1'b{net}" if isinstance(net, str) else f"n{net}")
        elif token in operators:
            out.append(operators[token])
        else:
            raise SimulationError(f"function '{function}': '{token}' is not understood")
    return " ".join(out)


def gates(netlist, timing):
    """The netlist in Verilog: module gates, nets as n<number>."""
    ports = {**netlist.inputs, **netlist.outputs}
    lines = ["`timescale 1ps/100fs", f"module gates({', '.join(ports)});"]
    for direction, group in (("input", netlist.inputs), ("output", netlist.outputs)):
        lines += [f"  {direction} [{len(bits) - 1}:0] {name};" for name, bits in group.items()]
    lines += [f"  wire n{net};" for net in netlist.nets()]
    for name, bits in netlist.inputs.items():
        lines += [f"  assign n{net} = {name}[{b}];" for b, net in enumerate(bits)]
    for instance in netlist.instances:
        kind, out = instance.kind, instance.pins[instance.kind.output]
        delay = timing.delay[instance]
        text = f"#({delay['rise']:.1f}, {delay['fall']:.1f})"
        if kind.sequential:
            state = expression(kind.flop["next"], instance.pins)
            clock = expression(kind.flop["clock"], instance.pins)
            lines.append(f"  reg q{out}; always @(posedge {clock}) q{out} <= {state}; assign {text} n{out} = q{out};")
        else:
            lines.append(f"  assign {text} n{out} = {expression(kind.function, instance.pins)};")
    for name, bits in netlist.outputs.items():
        values = ", ".join(f"1'b{n}" if isinstance(n, str) else f"n{n}" for n in reversed(bits))
        lines.append(f"  assign {name} = {{{values}}};")
    return "\n".join(lines + ["endmodule", ""])


def bench(netlist, vectors, period_ps, counts):
    """The test bench: a cycle is inputs, falling clock, sample and comparison, rising clock."""
    inputs, outputs, cycles = vectors.input_bits, vectors.output_bits, len(vectors.lines)
    start = max(WARM_UP, vectors.checked.index(1))
    connections, at = [".clk_i(clk)"] if netlist.clock is not None else [], 0
    for name, bits in reversed(vectors.inputs):
        connections.append(f".{name}(in[{at}+:{bits}])")
        at += bits
    at = 0
    for name, bits in reversed(vectors.outputs):
        connections.append(f".{name}(out[{at}+:{bits}])")
        at += bits
    half = period_ps / 2
    return f"""`timescale 1ps/100fs
module bench;
  reg clk = 0;
  reg [{inputs + outputs}:0] words[0:{cycles - 1}];
  reg [{inputs - 1}:0] in;
  wire [{outputs - 1}:0] out;
  integer c, wrong;
  gates dut({', '.join(connections)});
  initial begin
    $readmemh("{vectors.path}.hex", words);
    $toggles_watch(dut);
    wrong = 0;
    for (c = 0; c < {cycles}; c = c + 1) begin
      #{INPUT_DELAY} in = words[c][{inputs - 1}:0];
      #{half - INPUT_DELAY} clk = 0;
      #{half - 1};
      $toggles_sample;
      if (c == {start}) $toggles_start;
      if (words[c][{inputs + outputs}] && out !== words[c][{inputs}+:{outputs}]) begin
        wrong = wrong + 1;
        if (wrong < 4) $display("cycle %0d: outputs %h, expected %h", c, out, words[c][{inputs}+:{outputs}]);
      end
      if (c != {cycles - 1}) #1 clk = 1;
    end
    $toggles_write("{counts}");
    $display("WRONG %0d", wrong);
    $finish;
  end
endmodule
""", cycles - 1 - start


class Activity:
    """Changes of each net over `cycles` cycles: all of them, and those that a simulation without delays would have."""

    def __init__(self, cycles, changes, settled, checked):
        self.cycles, self.changes, self.settled, self.checked = cycles, changes, settled, checked


def build_counter(folder):
    """Compiles the counting tasks for vvp into the folder."""
    source = Path(__file__).with_name("toggles.c")
    target = Path(folder) / "toggles.vpi"
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        run(["iverilog-vpi", "--name=toggles", str(source)], folder)
    return target


def run(command, folder):
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise SimulationError(f"{command[0]} is not installed: apt-get install iverilog") from error
    if done.returncode != 0:
        raise SimulationError(f"{' '.join(command)} in {folder}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def simulate(netlist, timing, vectors, period_ps, folder):
    """Runs the vectors; returns the activity. Throws SimulationError, with the first differences, when an output is
    not what the C++ model says."""
    folder = Path(folder)
    build_counter(folder)
    counts = folder / "counts.txt"
    Path(f"{vectors.path}.hex").write_text("\n".join(vectors.lines) + "\n")
    text, cycles = bench(netlist, vectors, period_ps, counts)
    (folder / "bench.v").write_text(text)
    (folder / "gates.v").write_text(gates(netlist, timing))
    run(["iverilog", "-g2005-sv", "-o", "bench.vvp", "-s", "bench", "bench.v", "gates.v"], folder)
    said = run(["vvp", "-M", str(folder), "-m", "toggles", "bench.vvp"], folder)
    if "WRONG 0" not in said.split("\n"):
        raise SimulationError(f"{vectors.path}: the netlist differs from its C++ model:\n{said.strip()}")
    changes, settled = {}, {}
    for line in counts.read_text().splitlines():
        name, all_changes, settled_changes = line.split()
        if re.fullmatch(r"n\d+", name):
            changes[int(name[1:])], settled[int(name[1:])] = int(all_changes), int(settled_changes)
    return Activity(cycles, changes, settled, sum(vectors.checked))
