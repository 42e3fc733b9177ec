#!/usr/bin/env python3
"""Runs every ternsim command of the documentation and of the program's own help.

A command is a line that begins with `ternsim`, or with a variable in front of it, in a code block of a Markdown file or
under `Examples:` of a command's help. The commands of a block run one after another in a folder of their own, which has
small files under the names that they use. A command has to end with 0, or with what the text behind it says
(`# exit code 4: ...`); the program alone, with 2.

In a fenced block of the language `console`, a line that begins with `$ ` is a command, lines behind it that begin with `> `
are its further lines, and the rest is what it prints, to the letter. All such blocks of a document run in one folder.

usage: run_commands.py [--slow | --list | --write] PROGRAM SOURCE

  --slow    those that take minutes or gigabytes, instead of the others
  --list    print all commands with their documents, run none
  --write   put what console blocks print into their documents, run nothing else

examples:
  tests/docs/run_commands.py build/release/bin/ternsim .
  tests/docs/run_commands.py --list build/release/bin/ternsim . | grep sweep
"""

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fixtures

TIMEOUT = 900
# What takes minutes or gigabytes, and why.
SLOW = {
    r"^ternsim synthesize ": "files of several hundred megabytes",
    r"^ternsim ladder": "one ladder runs some twenty simulations of the large model",
    r"^ternsim report (?!--inject)": "all machines, and the engines on the embedded model",
    r"^ternsim reproduce$|^ternsim reproduce --csv": "all tables",
    r"--vectors \d{5}": "as many products in the RTL",
    r"^ternsim sweep ": "thousands of designs",
    r"--program layer": "70 million sums in the RTL",
    r"^ternsim simulate .*llama-70b": "a large model with a batch",
}
# What cannot run as it stands, and why.
WITHOUT = {
    r" /shared/": "a cluster's file system; tests/peers/slurm.sh runs such a one",
    r"<\w+>|mismatch-\w+-0123456789abcdef": "names a file that only a failed run writes",
}
CONSOLE = "```console"
IN_FRONT = r"(?:[A-Z_]+=\S+ |printf .*\| )?ternsim(?: |$)"


class Command:
    def __init__(self, text, line, setup, output=None):
        self.line, self.setup, self.output = line, setup, output
        said = re.search(r"#.*\bexit code (\d+)|; echo \$\?\s*#\s*(\d+):", text)
        self.text = text = text.replace("; echo $?", "")
        self.code = int(said.group(1) or said.group(2)) if said else 2 if text.split("#")[0].strip() == "ternsim" else 0

    def is_slow(self):
        return any(re.search(pattern, self.text) for pattern in SLOW)

    def can_run(self):
        return not any(re.search(pattern, self.text.split("  #")[0]) for pattern in WITHOUT)


def commands_of(lines):
    """Commands of (number, text) lines of one code block; what stands between them is set-up of those behind it."""
    found, setup, i = [], [], 0
    lines = list(lines)
    while i < len(lines):
        number, text = lines[i]
        i += 1
        while text.endswith("\\") and i < len(lines):
            text = text[:-1].rstrip() + " " + lines[i][1].strip()
            i += 1
        here = re.search(r"<<'?(\w+)'?", text)
        if here:
            while i < len(lines) and lines[i][1].strip() != here.group(1):
                text += "\n" + lines[i][1]
                i += 1
            text += "\n" + here.group(1)
            i += 1
        if re.match(IN_FRONT, text):
            found.append(Command(text, number, "\n".join(setup)))
            setup = []
        elif here:
            setup.append(text)
    return found


def blocks(markdown):
    """Code blocks, but those of consoles, as lists of (number, line)."""
    block, fenced, before_blank = [], None, True
    for number, line in enumerate(markdown.splitlines(), 1):
        if line.lstrip().startswith("```"):
            if block:
                yield block
            block, fenced = [], None if fenced else line.strip()
        elif fenced:
            if fenced != CONSOLE:
                block.append((number, line))
        elif line.startswith("    ") and (block or before_blank):
            block.append((number, line))
        elif block and line.strip():
            yield block
            block = []
        before_blank = not line.strip()
    if block:
        yield block


def console(markdown):
    """Commands of all console blocks, with what they print."""
    found, inside = [], False
    for number, line in enumerate(markdown.splitlines(), 1):
        if line.startswith("```"):
            inside = line == CONSOLE
        elif inside and line.startswith("$ "):
            found.append(Command(line[2:], number, "", ""))
        elif inside and found and line.startswith("> ") and not found[-1].output:
            found[-1].text += "\n" + line[2:]
        elif inside and found:
            found[-1].output += line + "\n"
    return found


def with_outputs(markdown, outputs):
    """The document with what its console commands printed, in their order."""
    text, inside, printed, outputs = [], False, [], iter(outputs)
    for line in markdown.splitlines():
        is_command = inside and line.startswith("$ ")
        if is_command or line.startswith("```"):
            text += printed
            printed = next(outputs).splitlines() if is_command else []
            inside = is_command or line == CONSOLE
        elif inside and not (line.startswith("> ") and text[-1].startswith(("$ ", "> "))):
            continue
        text.append(line)
    return "\n".join(text) + "\n"


def unindented(block):
    margin = min(len(text) - len(text.lstrip()) for _, text in block if text.strip())
    return [(number, text[margin:].rstrip()) for number, text in block]


def documents(program, source):
    """(name, commands) of every block with commands."""
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=source, text=True, check=True,
                           capture_output=True).stdout.split()
    for name in sorted(names):
        markdown = (source / name).read_text()
        for block in blocks(markdown):
            if found := commands_of(unindented(block)):
                yield name, found
        if found := console(markdown):
            yield name, found
    top = subprocess.run([program, "--help"], text=True, capture_output=True, check=True).stdout
    for command in re.findall(r"^  ([a-z][\w-]*) {2,}\S", top, re.M):
        text = subprocess.run([program, command, "--help"], text=True, capture_output=True, check=True).stdout
        lines = text.split("Examples:")[-1].splitlines() if "Examples:" in text else []
        found = commands_of([(i, line.strip()) for i, line in enumerate(lines, 1)])
        if not found:
            sys.exit(f"'ternsim {command} --help' shows no example")
        yield f"ternsim {command} --help", found


def run_block(program, name, commands, files, folder):
    """Failures as text, and what each command printed; `files` is the folder that `folder` becomes a copy of."""
    shutil.copytree(files, folder)
    environment = dict(os.environ, PATH=f"{program.parent}:{os.environ['PATH']}", LC_ALL="C.UTF-8", HOME=str(folder))
    failures, outputs = [], []
    for command in commands:
        script = f"{command.setup}\n{command.text}"
        try:
            done = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT)
            code, out = done.returncode, done.stdout.decode(errors="replace")
        except subprocess.TimeoutExpired:
            code, out = f"nothing after {TIMEOUT} s", ""
        outputs.append(out)
        if code != command.code:
            failures.append(f"{name}:{command.line}: {command.text}\n  exit code {code}, {command.code} expected\n"
                            + "\n".join("  | " + line for line in out.splitlines()[-12:]))
        elif command.output is not None and out != command.output:
            change = difflib.unified_diff(command.output.splitlines(), out.splitlines(), "document", "program", n=0)
            failures.append(f"{name}:{command.line}: {command.text}\n  prints something else; --write renews the document\n"
                            + "\n".join("  | " + line.rstrip("\n") for line in change))
    shutil.rmtree(folder)
    return failures, outputs


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("program", type=Path)
    parser.add_argument("source", type=Path)
    arguments = parser.parse_args()
    program, source = arguments.program.resolve(), arguments.source.resolve()

    seen, work, count = set(), [], 0
    for name, commands in documents(program, source):
        if arguments.list:
            for c in commands:
                kind = "not run" if not c.can_run() else "slow" if c.is_slow() else ""
                print(f"{name}:{c.line}\t{kind}\t{c.text.splitlines()[0]}")
            continue
        is_console = commands[0].output is not None
        if is_console:
            chosen = [] if arguments.slow else commands
        elif arguments.write:
            chosen = []
        else:
            chosen = [c for c in commands if c.can_run() and c.is_slow() == arguments.slow and c.text not in seen]
        seen.update(c.text for c in chosen)
        count += len(chosen)
        if chosen:
            work.append((name, chosen))
    if arguments.list:
        return 0
    if count < 5 and not arguments.write:
        sys.exit(f"only {count} commands found: the documents are not read any more")
    with tempfile.TemporaryDirectory(prefix="ternsim-docs-") as top:
        files = Path(top) / "files"
        files.mkdir()
        fixtures.fill(files, program, source)
        with ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
            runs = [pool.submit(run_block, program, name, commands, files, Path(top) / str(i))
                    for i, (name, commands) in enumerate(work)]
            failures = [failure for run in runs for failure in run.result()[0]]
        if arguments.write:
            for (name, _), run in zip(work, runs):
                (source / name).write_text(with_outputs((source / name).read_text(), run.result()[1]))
            failures = [failure for failure in failures if "exit code" in failure]
    for failure in failures:
        print(failure)
    print(f"{count} commands of {len(work)} blocks, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
