"""Yosys: sources to generic gates, and to the cells of a Liberty file."""

import json
import re
import subprocess
from pathlib import Path

DRIVER = "BUFx2_ASAP7_75t_R"
# For speed: without the rewriting (dc2) of ABC's default script, which makes ripples of the carry look-ahead adders.
SCRIPT = """strash
&get -n
&fraig -x
&put
scorr
strash
&get -n
&dch -f
&nf {D}
&put
buffer -c
topo
upsize {D}
dnsize {D}
stime -p
"""
TARGET_PS = 400  # shorter than most paths can be, so that ABC sizes for speed
GENERIC = "synth -top synth_top -flatten -noabc; abc -g AND,NAND,OR,NOR,XOR,XNOR,MUX; opt_clean -purge"


class SynthesisError(Exception):
    """Yosys missing or failing; the message has its last lines."""


def yosys(script, folder, log):
    """Runs a script in a folder. Throws SynthesisError."""
    (Path(folder) / f"{log}.ys").write_text(script)
    try:
        done = subprocess.run(["yosys", "-q", "-l", f"{log}.log", f"{log}.ys"], cwd=folder, capture_output=True,
                              text=True, check=False)
    except FileNotFoundError as error:
        raise SynthesisError("yosys is not installed: apt-get install yosys") from error
    if done.returncode != 0:
        raise SynthesisError(f"yosys failed, see {folder}/{log}.log: {done.stderr.strip().splitlines()[-1:]}")


def version():
    """Version of Yosys in words, None without it."""
    try:
        said = subprocess.run(["yosys", "-V"], capture_output=True, text=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return said.split(" (")[0].strip()


def read_sources(design, root):
    return f"read_verilog -sv {' '.join(map(str, design.files(root)))}\n"


def wrap(design, root, folder):
    """Writes top.sv: the design with its parameters, its tied inputs at their constants, all else as ports."""
    parameters = "".join(f" -chparam {name} {value}" for name, value in design.parameters.items())
    yosys(read_sources(design, root) + f"hierarchy -top {design.top}{parameters}; proc\n"
          "write_json ports.json\n", folder, "ports")
    module = json.loads((Path(folder) / "ports.json").read_text())["modules"][design.top]
    ports = {name: (port["direction"], len(port["bits"])) for name, port in module["ports"].items()}
    heads = ", ".join(f"{direction} [{bits - 1}:0] {name}" for name, (direction, bits) in ports.items()
                      if name not in design.tied)
    values = ", ".join(f".{name}({design.tied.get(name, name)})" for name in ports)
    settings = ", ".join(f".{name}({value})" for name, value in design.parameters.items())
    text = f"module synth_top({heads});\n  {design.top} #({settings}) dut({values});\nendmodule\n"
    (Path(folder) / "top.sv").write_text(text)


def counts_of(log):
    """Cells by type of the last statistics in a log."""
    block = log[log.rindex("Number of cells:"):]
    return {m.group(1): int(m.group(2)) for m in re.finditer(r"^\s+(\S+)\s+(\d+)$", block, re.MULTILINE)
            if m.group(1) != "cells:"}


def generic(design, root, folder):
    """Generic gates: counts by type and the levels of the longest path between registers."""
    wrap(design, root, folder)
    yosys(read_sources(design, root) + f"read_verilog -sv top.sv\n{GENERIC}\n"
          "tee -o generic.stat stat\ntee -o generic.ltp ltp -noff\n", folder, "generic")
    counts = counts_of((Path(folder) / "generic.stat").read_text())
    depth = re.search(r"Longest topological path in \w+ \(length=(\d+)\)", (Path(folder) / "generic.ltp").read_text())
    return {"cells": dict(sorted(counts.items())), "total": sum(counts.values()), "levels": int(depth.group(1))}


def prepare(folder):
    """Writes what ABC reads beside the library."""
    (Path(folder) / "abc.constr").write_text(f"set_driving_cell {DRIVER}\nset_load 1.0\n")
    (Path(folder) / "abc.script").write_text(SCRIPT)


def to_cells(design, root, liberty, synth):
    return (read_sources(design, root) + f"read_verilog -sv top.sv\n{synth}\ndfflibmap -liberty {liberty}\nopt\n"
            f"abc -liberty {liberty} -constr abc.constr -D {TARGET_PS} -script abc.script\nopt_clean -purge\n")


def mapped(design, root, folder, liberty):
    """Maps to cells, flat; the path of the netlist in JSON. `liberty` is the merged file; wrap() comes first. A design
    by levels is mapped module by module and made flat afterwards: the cells' names say where they stood."""
    prepare(folder)
    flat, after = ("", "flatten\nopt_clean -purge\n") if design.by_level else ("-flatten ", "")
    yosys(to_cells(design, root, liberty, f"synth -top synth_top {flat}-noabc") + after + "write_json cells.json\n",
          folder, "cells")
    return Path(folder) / "cells.json"


def module_areas(design, root, folder, liberty, area_of):
    """Area by module, um2, mapped without flattening: {module: {"instances", "area_um2" of all of them without their
    submodules}}. `area_of` gives a cell's area."""
    prepare(folder)
    yosys(to_cells(design, root, liberty, "synth -top synth_top -noabc") + "write_json modules.json\n", folder,
          "modules")
    modules = json.loads((Path(folder) / "modules.json").read_text())["modules"]
    out = {}

    def visit(name):
        entry = out.setdefault(source_name(name), {"instances": 0, "area_um2": 0.0})
        entry["instances"] += 1
        for cell in modules[name]["cells"].values():
            if cell["type"] in modules:
                visit(cell["type"])
            else:
                entry["area_um2"] += area_of(cell["type"])

    visit("synth_top")
    out.pop("synth_top")
    return out


def source_name(module):
    """A module's name in the source: Yosys puts parameters into the name."""
    return module.split("\\")[1] if "\\" in module else module
