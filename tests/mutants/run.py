#!/usr/bin/env python3
"""Builds faulty variants of the RTL and checks that the tests find each fault.

mutants.toml lists the faults. For each, the sources are copied, one text is replaced, the named model is Verilated and
linked into the named test in front of the sound one, and the test must then fail; a fault that a proof has to find goes
to Yosys instead. The build folder must have the tests already: it gives the objects and the link command, and
tests/rtl_depth.cmake has put models.json there.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KEYS = {"name", "file", "text", "becomes", "means", "model", "test"}
SECONDS = 600  # of one step; a test that does not end has not caught anything


class Failure(Exception):
    """Why a mutant cannot be judged, or was not caught."""


def read_mutants():
    with open(HERE / "mutants.toml", "rb") as file:
        mutants = tomllib.load(file)["mutant"]
    for mutant in mutants:
        name = mutant.get("name", "one without a name")
        if set(mutant) != KEYS:
            raise Failure(f"mutants.toml: {name}: has the keys {sorted(mutant)} instead of {sorted(KEYS)}")
        mutated(mutant)
    names = [mutant["name"] for mutant in mutants]
    for name in names:
        if names.count(name) > 1:
            raise Failure(f"mutants.toml: {name} stands there twice")
    return mutants


def mutated(mutant):
    """The mutant's file after the replacement."""
    path = ROOT / "rtl/src" / mutant["file"]
    if not path.is_file():
        raise Failure(f"mutants.toml: {mutant['name']}: there is no rtl/src/{mutant['file']}")
    source = path.read_text()
    found = source.count(mutant["text"])
    if found != 1:
        raise Failure(f"mutants.toml: {mutant['name']}: its text occurs {found} times in rtl/src/{mutant['file']}; "
                      "make it occur exactly once")
    if mutant["text"] == mutant["becomes"]:
        raise Failure(f"mutants.toml: {mutant['name']}: the replacement changes nothing")
    return source.replace(mutant["text"], mutant["becomes"])


def run(step, command, **options):
    """Runs a command and returns it; Failure with the end of its output where it fails."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS,
                              **options)
    except subprocess.TimeoutExpired:
        raise Failure(f"{step}: did not end in {SECONDS} s") from None
    if done.returncode != 0:
        raise Failure(f"{step} failed with status {done.returncode}: ...{done.stdout[-1500:]}")
    return done.stdout


class Bench:
    """What is common to all mutants of a run."""

    def __init__(self, build, scratch):
        self.build = build
        self.scratch = scratch
        manifest = build / "tests/mutants/models.json"
        if not manifest.is_file():
            raise Failure(f"{manifest} is missing: configure the build folder with -DTERNSIM_TESTS=ON")
        self.models = {model["name"]: model for model in json.loads(manifest.read_text())["models"]}
        verilator = shutil.which("verilator")
        if verilator is None or shutil.which("ninja") is None:
            raise Failure("verilator and ninja are needed")
        root = run("verilator --getenv", [verilator, "--getenv", "VERILATOR_ROOT"]).strip()
        ccache = shutil.which("ccache")
        self.compiler = ([ccache] if ccache else []) + ["c++"]
        self.flags = ["-std=gnu++20", "-O0", "-w", "-DVL_PRINTF=ternsim_verilated_print", "-DVM_SC=0",
                      "-DVM_TRACE_VCD=0",
                      "-include", str(ROOT / "rtl/verilated_print.h"), f"-I{root}/include", f"-I{root}/include/vltstd"]

    def sources(self, folder, mutant, model):
        """The model's sources, the mutant's among them (None: all sound)."""
        out = []
        for source in map(pathlib.Path, self.models[model]["sources"]):
            if mutant is not None and source.name == mutant["file"]:
                source = folder / source.name
                source.write_text(mutated(mutant))
            out.append(str(source))
        if mutant is not None and str(folder / mutant["file"]) not in out:
            raise Failure(f"{model} does not contain {mutant['file']}")
        return out

    def object_of(self, folder, mutant, model):
        """The Verilated model as one object file."""
        if model not in self.models:
            raise Failure(f"there is no model {model}; there are {', '.join(sorted(self.models))}")
        spec = self.models[model]
        generated = folder / "generated"
        # What a mutant leaves unused or makes too narrow is no reason to stop.
        run("verilator", ["verilator", "--cc", "-Wno-fatal", "-Wno-lint", "--assert", "--prefix", spec["prefix"],
                          "--top", spec["top"], "--Mdir", str(generated), *spec["args"],
                          *self.sources(folder, mutant, model)])
        # As the build's own model, so that classes and symbols are the same.
        trace = int("--trace-fst" in spec["args"])
        coverage = int("--coverage-line" in spec["args"])
        whole = generated / "whole_model.cc"
        whole.write_text("".join(f'#include "{path.name}"\n' for path in sorted(generated.glob("*.cpp"))))
        run("the compiler", [*self.compiler, *self.flags, f"-DVM_TRACE={trace}", f"-DVM_TRACE_FST={trace}",
                             f"-DVM_COVERAGE={coverage}", f"-I{generated}", "-c", str(whole), "-o",
                             str(folder / "model.o")])
        return folder / "model.o"

    def linked(self, folder, test, model_object):
        """The test program with the model in front of the libraries, whose own copy then is not taken."""
        if not (self.build / "tests" / test).is_file():
            raise Failure(f"{self.build}/tests/{test} is missing: build the tests first")
        commands = run("ninja", ["ninja", "-C", str(self.build), "-t", "commands", "-s", f"tests/{test}"])
        command = next((part for part in commands.replace("\n", " && ").split(" && ") if f" -o tests/{test} " in part),
                       None)
        if command is None:
            raise Failure(f"{self.build} does not link a test {test}, or is no Ninja build")
        words = shlex.split(command)
        at = words.index("-o")
        program = folder / test
        # The standard library first: otherwise a template that it has in common with the sound model takes that one in.
        words[at + 1:at + 2] = [str(program), str(model_object), "-lstdc++"]
        run("the linker", words, cwd=self.build)
        return program

    def try_proof(self, folder, proof, mutant, sound):
        """The lines that say that the proof failed."""
        shutil.copytree(ROOT / "rtl/src", folder / "rtl/src")
        shutil.copytree(ROOT / "rtl/formal", folder / "rtl/formal")
        if not sound:
            (folder / "rtl/src" / mutant["file"]).write_text(mutated(mutant))
        done = subprocess.run(["yosys", "-q", f"rtl/formal/{proof}.ys"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=SECONDS, cwd=folder)
        failed = [line for line in done.stdout.splitlines() if "proof did fail" in line]
        if done.returncode != 0 and not failed:
            raise Failure(f"{mutant['test']} ended with status {done.returncode}: ...{done.stdout[-1500:]}")
        return failed

    def try_test(self, mutant, sound):
        """Seconds taken, and the lines of the tests that failed."""
        start = time.monotonic()
        folder = self.scratch / (("sound_" if sound else "") + mutant["name"])
        folder.mkdir()
        test, pattern = mutant["test"].split(" ")
        if test == "proof":
            failed = self.try_proof(folder, pattern, mutant, sound)
            return time.monotonic() - start, failed
        model = self.object_of(folder, None if sound else mutant, mutant["model"])
        program = self.linked(folder, test, model)
        try:
            done = subprocess.run([str(program), f"--gtest_filter={pattern}"], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=SECONDS, cwd=folder)
        except subprocess.TimeoutExpired:
            raise Failure(f"{mutant['test']} did not end in {SECONDS} s") from None
        if "[ RUN      ]" not in done.stdout:
            raise Failure(f"{test} has no test {pattern}")
        failed = [line for line in done.stdout.splitlines() if line.startswith("[  FAILED  ]")]
        if done.returncode != 0 and not failed:
            raise Failure(f"{mutant['test']} ended with status {done.returncode}: ...{done.stdout[-1500:]}")
        shutil.rmtree(folder)
        return time.monotonic() - start, failed

    def judge(self, mutant):
        seconds, failed = self.try_test(mutant, sound=False)
        if not failed:
            raise Failure(f"survived: {mutant['test']} passes although {mutant['means']}")
        return seconds

    def sound(self, mutant):
        """The same way without the fault: the test has to pass."""
        seconds, failed = self.try_test(mutant, sound=True)
        if failed:
            raise Failure(f"{mutant['test']} fails on the sound RTL: {failed[0]}")
        return seconds


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""examples:
  tests/mutants/run.py build/release                     all mutants, and each test once without a fault
  tests/mutants/run.py build/release lane_sign           one
  tests/mutants/run.py --check                           the list only: every text occurs exactly once
  tests/mutants/run.py build/release --write FILE        also writes the table, without the seconds""")
    parser.add_argument("build", type=pathlib.Path, nargs="?", help="build folder with the tests")
    parser.add_argument("names", nargs="*", help="mutants to run (default: all)")
    parser.add_argument("--check", action="store_true", help="check the list, build nothing")
    parser.add_argument("--skip-sound", action="store_true", help="do not run the tests without a fault first")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants at a time (default: %(default)s)")
    parser.add_argument("--write", type=pathlib.Path, help="write the table of mutants as Markdown")
    arguments = parser.parse_intermixed_args()

    mutants = read_mutants()
    if arguments.check:
        print(f"{len(mutants)} mutants, each text occurs exactly once")
        return 0
    if arguments.build is None:
        parser.error("the build folder is missing")
    known = [mutant["name"] for mutant in mutants]
    for name in arguments.names:
        if name not in known:
            raise Failure(f"there is no mutant {name}; there are: {', '.join(known)}")
    chosen = [mutant for mutant in mutants if not arguments.names or mutant["name"] in arguments.names]

    failures = 0
    with tempfile.TemporaryDirectory(prefix="mutants") as scratch:
        bench = Bench(arguments.build.resolve(), pathlib.Path(scratch))
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            tasks = []
            if not arguments.skip_sound:
                one_of_each = {(mutant["test"], mutant["model"]): mutant for mutant in chosen}
                tasks += [("(none)", mutant, pool.submit(bench.sound, mutant)) for mutant in one_of_each.values()]
            tasks += [(mutant["name"], mutant, pool.submit(bench.judge, mutant)) for mutant in chosen]
            print(f"{'mutant':28} {'caught by':76} seconds")
            for name, mutant, task in tasks:
                try:
                    seconds = task.result()
                    verdict = "passes without a fault: " if name == "(none)" else ""
                    print(f"{name:28} {verdict + mutant['test']:76} {seconds:7.1f}", flush=True)
                except Failure as failure:
                    failures += 1
                    print(f"{name:28} FAILED: {failure}", flush=True)
    print(f"{len(chosen)} mutants, {failures} failures")
    if failures == 0 and arguments.write:
        arguments.write.write_text(table(chosen, arguments.skip_sound))
    return 1 if failures else 0


def table(mutants, skip_sound):
    lines = ["# Faults that the RTL tests find", "",
             "Generated by `tests/mutants/run.py BUILD --write reports/coverage/mutants.md` from"
             " `tests/mutants/mutants.toml`; each",
             "was built and the named test failed."
             + ("" if skip_sound else " Every test passed without the fault, built the same way."), "",
             "| mutant | module | fault | caught by |", "|---|---|---|---|"]
    lines += [f"| `{m['name']}` | `{m['file'].removesuffix('.sv')}` | {m['means']} | `{m['test'].split(' ')[1]}` |"
              for m in mutants]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as error:
        print(f"run.py: {error}", file=sys.stderr)
        sys.exit(2)
