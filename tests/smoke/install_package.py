#!/usr/bin/env python3
"""Installs a build into a prefix, moves it, and uses what is there: the command, the headers, the CMake package.

usage: install_package.py CMAKE COMPILER BUILD SOURCE
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

cmake, compiler, build, source = sys.argv[1:]
# Nothing of the caller's may lead to the data.
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("TERNSIM_")}


def run(*command, cwd, **environment):
    done = subprocess.run([str(word) for word in command], cwd=cwd, env={**CLEAN, **environment}, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def require(condition, message):
    if not condition:
        sys.exit(message)


def figures(document):
    """Values by path, without the root's name."""
    found = {}

    def walk(node, prefix):
        for statistic in node["statistics"]:
            found[prefix + statistic["name"]] = statistic["value"]
        for child in node["children"]:
            walk(child, f"{prefix}{child['name']}/")

    walk(json.loads(document)["results"], "")
    return found


def check_files(prefix):
    files = sorted(str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file())
    expected = [
        r"bin/ternsim",
        r"include/ternsim/(error|inputs|results|ternsim|version)\.h",
        r"lib/(.*/)?libternsim\.a",
        r"lib/(.*/)?cmake/ternsim/(FindSystemC|ternsimConfig|ternsimConfigVersion|ternsimTargets(-\w+)?)\.cmake",
        r"share/bash-completion/completions/ternsim",
        r"share/doc/ternsim/LICENSE",
        r"share/fish/vendor_completions\.d/ternsim\.fish",
        r"share/ternsim/assets/(LICENSE-CDLA-Sharing-1\.0\.txt|MODEL_CARD\.md|NOTICE\.md|heldout_slice\.txt|tinyllm-b158\.gguf)",
        r"share/ternsim/configs/.*\.(yaml|csv)",
        r"share/ternsim/reports/synthesis/synthesis\.json",
        r"share/ternsim/rtl/configs\.yaml",
        r"share/zsh/site-functions/_ternsim",
    ]
    for file in files:
        require(any(re.fullmatch(pattern, file) for pattern in expected), f"installed, and by whom? {file}")
    for pattern in expected:
        require(any(re.fullmatch(pattern, file) for file in files), f"not installed: {pattern}")
    configs = {path.relative_to(source) for path in Path(source, "configs").rglob("*") if path.is_file()}
    missing = [path for path in configs if not (prefix / "share/ternsim" / path).is_file()]
    require(not missing, f"not installed: {missing}")
    for file in files:
        if re.match(r"include/|.*\.cmake$", file):
            text = (prefix / file).read_text()
            for place in (source, build, "first place"):
                require(place not in text, f"{file} names {place}")


def check_headers(prefix, folder):
    for header in sorted((prefix / "include/ternsim").glob("*.h")):
        for name in re.findall(r'#include "([^"]+)"', header.read_text()):
            require(re.fullmatch(r"ternsim/\w+\.h", name), f"{header.name} includes {name}")
        unit = folder / "alone.cpp"
        unit.write_text(f"#include <ternsim/{header.name}>\n")
        for standard in ("c++17", "c++20"):
            # Quoted, not as a system directory, where no warning would be given.
            run(compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
                f"-I{prefix / 'include'}", unit, cwd=folder)


def check_command(prefix, folder):
    program = prefix / "bin/ternsim"
    data = figures(run(program, "doctor", "--json", cwd=folder))
    require(data["data/folder"] == str(prefix / "share/ternsim"), f"data come from {data['data/folder']}")
    require(data["data/from"] == "beside the program" and data["data/missing"] == "none", str(data))
    run(program, "simulate", cwd=folder)
    run(program, "operators", cwd=folder)
    run(program, "designs", cwd=folder)
    text = json.loads(run(program, "generate", "-p", "Once upon a time", "-n", "4", "--json", cwd=folder))
    require(len(text["tokens"]) == 4, str(text))
    other = figures(run(program, "doctor", "--json", cwd=folder, TERNSIM_DATA_DIR=source))
    require(other["data/folder"] == source and other["data/from"] == "TERNSIM_DATA_DIR", "TERNSIM_DATA_DIR is not heard")
    for shell, file in (("bash", "bash-completion/completions/ternsim"), ("zsh", "zsh/site-functions/_ternsim"),
                        ("fish", "fish/vendor_completions.d/ternsim.fish")):
        require(run(program, "completion", shell, cwd=folder) == (prefix / "share" / file).read_text(), file)


def check_package(prefix, folder):
    tree = folder / "example build"
    run(cmake, "-G", "Ninja", "-S", Path(source, "examples/api"), "-B", tree, f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={compiler}", cwd=folder)
    run(cmake, "--build", tree, cwd=folder)
    printed = run(tree / "channels", cwd=folder).splitlines()[1:]
    require(len(printed) == 3, f"three lines expected: {printed}")
    for line in printed:
        channels, rest = line.split(maxsplit=1)
        by_command = figures(run(prefix / "bin/ternsim", "simulate", "-a", "edge-lpddr5x", "-m", "bitnet-b158-2b4t", "-w",
                                 "decode-512", "--set", f"dram.channels={channels}", "--json", cwd=folder))
        keys = ("tokens_per_second", "joules_per_token_low", "joules_per_token_mid", "joules_per_token_high")
        expected = ["%.9g" % by_command[f"machine/decode/{key}"] for key in keys]
        require(rest.split()[:4] == expected, f"{channels} channels: {rest}, but the command has {expected}")
    needed = run("readelf", "-d", tree / "channels", cwd=folder)
    for library in ("pagmo", "sqlite", "libz"):
        require(library not in needed, f"the example needs {library}")


def main():
    with tempfile.TemporaryDirectory(prefix="ternsim-install-") as top:
        folder = Path(top)
        run(cmake, "--install", build, "--prefix", folder / "first place", cwd=folder)
        prefix = folder / "moved here"
        (folder / "first place").rename(prefix)
        check_files(prefix)
        check_headers(prefix, folder)
        check_command(prefix, folder)
        check_package(prefix, folder)


main()
