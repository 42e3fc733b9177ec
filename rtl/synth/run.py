#!/usr/bin/env python3
"""Synthesises the designs of designs.py, simulates their netlists and writes the report; README.md says how."""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import designs
import energy
import liberty
import mapping
import report
import technology
from flow import ERRORS, Flow

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "reports/synthesis"
LIMITS = ROOT / "configs/synthesis/asap7-timing.yaml"
EXAMPLES = """examples:
  rtl/synth/run.py --liberty kit/*.lib                  everything, into reports/synthesis
  rtl/synth/run.py --liberty kit/*.lib --designs ternary_pe int8_pe --out pe
  rtl/synth/run.py --liberty kit/*.lib --designs ternary_pe --merge      renew these in reports/synthesis
  rtl/synth/run.py                                      generic gates alone, printed as JSON
  rtl/synth/run.py --check reports/synthesis            hold a report to the sources: hashes, generic gates

Steps whose sources, parameters, tools and vectors have not changed are taken from --work."""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--liberty", nargs="+", metavar="FILE", help="unpacked Liberty files of one corner")
    parser.add_argument("--designs", nargs="+", metavar="NAME",
                        help="only these (default: all; --check: the quick ones)")
    parser.add_argument("--out", type=Path, help="folder of the report (default: reports/synthesis; with --designs: "
                        "print JSON)")
    parser.add_argument("--merge", action="store_true", help="put the --designs into the report that is in --out "
                        "(default: reports/synthesis), which must be of the same tools, kit and assumptions")
    parser.add_argument("--work", type=Path, default=ROOT / "build/synthesis", help="scratch and kept steps "
                        "(default: build/synthesis)")
    parser.add_argument("--vectors", type=Path, default=ROOT / "build/release/rtl/synth/vectors/synth_vectors",
                        metavar="PROGRAM", help="the program synth_vectors (default: that of build/release)")
    parser.add_argument("--check", type=Path, metavar="FOLDER", help="compare a report with the sources, write nothing")
    return parser.parse_args()


def tool_versions():
    said = ""
    if shutil.which("iverilog"):
        said = subprocess.run(["iverilog", "-V"], capture_output=True, text=True, check=False).stdout
    return {"yosys": mapping.version(), "iverilog": " ".join(said.split("\n")[0].split()[:4]) or None}


def chosen(names, default):
    return [designs.find(n) for n in names] if names else default


def merged(tree, folder):
    """The report of a folder with the designs of `tree` instead of its own. Throws ValueError where they are not
    comparable."""
    old = json.loads((folder / "synthesis.json").read_text())
    for key in ("tools", "corner", "assumptions"):
        if old.get(key) != tree.get(key):
            raise ValueError(f"{folder}/synthesis.json has other {key} than this run: renew all designs instead")
    both = {**old["designs"], **tree["designs"]}
    return {**old, "designs": {d.name: both[d.name] for d in designs.DESIGNS if d.name in both}}


class Progress:
    """A line on standard error for each step, with the time since the start."""

    def __init__(self, total):
        self.start, self.total, self.done = time.monotonic(), total, 0

    def say(self, text):
        print(f"[{self.done}/{self.total} designs, {time.monotonic() - self.start:5.0f} s] {text}", file=sys.stderr,
              flush=True)


def check(folder, options, versions):
    """Problems of a report, one a line."""
    committed = json.loads((folder / "synthesis.json").read_text())
    problems = []
    for design in designs.DESIGNS:
        entry = committed["designs"].get(design.name)
        if entry is None:
            problems.append(f"{design.name}: not in the report")
        elif entry["source_hash"] != design.source_hash(ROOT):
            problems.append(f"{design.name}: its sources or parameters have changed since the report")
    if versions["yosys"] != committed["tools"]["yosys"]:
        print(f"generic gates not compared: {versions['yosys']} here, {committed['tools']['yosys']} in the report")
    else:
        flow = Flow(ROOT, options.work, None, None, versions, lambda text: None)
        for design in chosen(options.designs, [designs.find(n) for n in designs.QUICK]):
            made, said = flow.generic(design), committed["designs"].get(design.name, {}).get("generic")
            if made != said:
                problems.append(f"{design.name}: generic gates are {made}, the report says {said}")
    if (folder / "README.md").read_text() != report.markdown(committed):
        problems.append("README.md is not what synthesis.json gives")
    if LIMITS.read_text() != report.clock_limits(committed):
        problems.append(f"{LIMITS.relative_to(ROOT)} is not what synthesis.json gives")
    return problems


def main():
    options = arguments()
    versions = tool_versions()
    if versions["yosys"] is None:
        raise mapping.SynthesisError("yosys is not installed: apt-get install yosys")
    if options.check:
        problems = check(options.check, options, versions)
        for problem in problems:
            print(problem)
        if problems:
            print("renew the report with: rtl/synth/run.py --liberty <unpacked Liberty files>")
        return 1 if problems else 0
    if options.liberty and not options.vectors.exists():
        raise OSError(f"{options.vectors} is not there: build the target synth_vectors, or say where with --vectors")
    kit = liberty.Library(sorted(options.liberty)) if options.liberty else None
    if kit:
        kit.cell(mapping.DRIVER)  # a kit with other names is refused here
    todo = chosen(options.designs, list(designs.DESIGNS))
    progress = Progress(len(todo))
    flow = Flow(ROOT, options.work, kit, options.vectors, versions, progress.say)
    results = {}
    for design in todo:
        results[design.name] = flow.run(design)
        progress.done += 1
    tree = report.tree(results, versions, kit, energy.rail_check(kit) if kit else None)
    out = options.out or (COMMITTED if kit and (options.merge or not options.designs) else None)
    if options.merge:
        if out is None:
            raise ValueError("--merge needs --liberty, or --out with a report of generic gates")
        tree = merged(tree, out)
    if out is None:
        print(json.dumps(tree, indent=1))
    else:
        report.write(tree, out)
        if out.resolve() == COMMITTED:
            LIMITS.write_text(report.clock_limits(tree))
            technology.MADE.write_text(technology.made())
        progress.say(f"written: {out}/synthesis.json, {out}/README.md")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ERRORS as error:
        print(f"run.py: {error.args[0] if isinstance(error, KeyError) else error}", file=sys.stderr)
        sys.exit(1)
