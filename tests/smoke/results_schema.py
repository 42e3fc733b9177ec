#!/usr/bin/python3
"""Holds what the commands print with --json to docs/reference/results.schema.json.

Usage: results_schema.py TERNSIM SCHEMA DIRECTORY
"""

import copy
import json
import pathlib
import subprocess
import sys

import jsonschema

COMMANDS = [
    ["simulate"],
    ["simulate", "-m", "bitnet-b158-2b4t", "-w", "decode-512", "-a", "server-hbm"],
    ["operators"],
    ["designs"],
    ["doctor"],
    ["inspect", "embedded"],
    ["diff", "a.json", "b.json"],
    ["compare", "a.json", "b.json"],
    ["front", "edge.db"],
]

# Each breaks one promise; a schema that takes it promises nothing.
WRONG = {
    "another version": lambda d: d.update(schema_version=d["schema_version"] + 1),
    "another schema": lambda d: d.update(schema="other"),
    "a key of its own": lambda d: d.update(extra=1),
    "no statistics": lambda d: d["results"].pop("statistics"),
    "an unknown quantity": lambda d: first(d["results"]).update(quantity="furlongs"),
    "an unknown tier": lambda d: first(d["results"]).update(tier="certain"),
    "a number that is text": lambda d: first(d["results"]).update(quantity="count", value="1"),
    "a text that is a number": lambda d: first(d["results"]).update(quantity="text", value=1),
    "a name with a slash": lambda d: first(d["results"]).update(name="a/b"),
}


def first(node):
    """The first statistic of the tree."""
    if node["statistics"]:
        return node["statistics"][0]
    return next(found for child in node["children"] if (found := first(child)))


def main():
    ternsim, schema_path, directory = sys.argv[1:]
    folder = pathlib.Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    schema = json.loads(pathlib.Path(schema_path).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    def run(*arguments):
        return subprocess.run([ternsim, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout

    (folder / "a.json").write_text(run("simulate", "--json"))
    (folder / "b.json").write_text(run("simulate", "--set", "dram.channels=8", "--json"))
    (folder / "edge.db").unlink(missing_ok=True)
    (folder / "edge.yaml").write_text(
        "name: edge\nbase: {accelerator: edge-lpddr5x, model: bitnet-b158-2b4t, workload: decode-512,"
        " technology: published-7nm}\naxes: {dram.channels: [2, 4]}\nsearch: {method: grid}\n"
        "objectives: [tokens_per_second, joules_per_token_mid]\n")
    run("sweep", "edge.yaml", "-o", "edge.db")
    for command in COMMANDS:
        document = json.loads(run(*command, "--json"))
        validator.validate(document)
        print("ok:", *command)

    good = json.loads((folder / "a.json").read_text())
    for what, damage in WRONG.items():
        bad = copy.deepcopy(good)
        damage(bad)
        if validator.is_valid(bad):
            sys.exit(f"results_schema.py: the schema takes {what}")
    print(f"{len(WRONG)} wrong documents refused")


if __name__ == "__main__":
    main()
