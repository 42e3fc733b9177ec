"""A design to synthesise, and the scenarios in which its netlist is simulated."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Scenario:
    """Operands of a simulation: weights as synth_vectors names them, and the cycles for which weights stay."""

    name: str
    weights: str
    hold: int = 1
    layer: str = "blk.1.ffn_up"


CHANGING = Scenario("layer, changing", "layer")
HELD = Scenario("layer, held 32", "layer", 32)
TERNARY = (CHANGING, HELD, Scenario("0 % zeros, changing", "zeros:0"), Scenario("0 % zeros, held 32", "zeros:0", 32),
           Scenario("42 % zeros, changing", "zeros:0.42"), Scenario("42 % zeros, held 32", "zeros:0.42", 32),
           Scenario("down layer, changing", "layer", 1, "blk.1.ffn_down"))
BINARY = (CHANGING, HELD, Scenario("bell, changing", "bell"), Scenario("bell, held 32", "bell", 32))


@dataclass(frozen=True)
class Design:
    """A module with parameters. `tied` inputs are constants: enables, whose multiplexers a chip has as clock gates."""

    name: str
    top: str
    parameters: dict
    sources: tuple
    title: str
    tied: dict = field(default_factory=dict)
    scenarios: tuple = ()
    operations: int = 1  # multiply-accumulates, or ternary adds, a cycle
    cycles: int = 256
    held_factor: int = 1  # so many times the cycles where weights are held, for more weights
    modules: bool = False  # area by module as well
    stimulus: dict = field(default_factory=dict)  # what synth_vectors is told beyond the parameters
    operator: bool = False  # an operator on its own, reported apart from the datapaths
    by_level: bool = False  # mapped module by module, and its energy booked to the levels of the tree

    def source_hash(self, root):
        """Over parameters and sources without comments, blank space and what is not synthesised."""
        digest = hashlib.sha256(repr((self.top, sorted(self.parameters.items()), sorted(self.tied.items()))).encode())
        if self.stimulus:
            digest.update(repr(sorted(self.stimulus.items())).encode())
        for path in self.files(root):
            digest.update(stripped(path.read_text()).encode())
        return digest.hexdigest()[:16]

    def files(self, root):
        """Its sources, in order: modules of rtl/src, or of rtl/synth/operators where they are not part of the chip."""
        folders = [Path(root) / "rtl/src", Path(root) / "rtl/synth/operators"]
        return [next((f / f"{m}.sv" for f in folders if (f / f"{m}.sv").exists()), folders[0] / f"{m}.sv")
                for m in self.sources]


def stripped(text):
    """SystemVerilog without comments, blocks for simulation only, and superfluous blanks."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"`ifndef SYNTHESIS.*?`endif", "", text, flags=re.DOTALL)
    return " ".join(text.split())


def staged(levels):
    return f"{levels} level{'s' * (levels > 1)} a stage"
