#!/usr/bin/env python3
"""Summary of Verilator's merged coverage counts by module, held to waivers.toml.

A point is a place in a source of rtl/src: a branch or block of statements ("line"), or a bit of a signal ("toggle"). It
is covered when any instance of the module, with any parameters, went there or changed that bit. Signals of more than 1024
bits, the memories, are not looked at.
"""
import argparse
import collections
import pathlib
import re
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KEYS = {"file", "kind", "point", "reason"}
WANTED = 95  # per cent of each module's points that have no waiver

Point = collections.namedtuple("Point", "file kind line column what")


class Failure(Exception):
    """What is wrong with the waivers or the counts."""


def read_points(path):
    """Counts by point."""
    counts = collections.Counter()
    for line in path.read_text().splitlines():
        if not line.startswith("C '"):
            continue
        key, count = line[3:].rsplit("' ", 1)
        field = dict(part.split("\x02", 1) for part in key.split("\x01") if part)
        kind = "toggle" if field["page"].startswith("v_toggle/") else "line"
        counts[Point(pathlib.Path(field["f"]).name, kind, int(field["l"]), int(field["n"]), field["o"])] += int(count)
    return counts


def point_name(point):
    """A bit by its signal; a statement by its source line, which is steadier than the number."""
    if point.kind == "toggle":
        return point.what
    source = (ROOT / "rtl/src" / point.file).read_text().splitlines()
    return f"{point.what}: {source[point.line - 1].strip()}"


def read_waivers():
    with open(HERE / "waivers.toml", "rb") as file:
        waivers = tomllib.load(file).get("waiver", [])
    for waiver in waivers:
        if set(waiver) != KEYS or waiver["kind"] not in ("line", "toggle"):
            raise Failure(f"waivers.toml: {waiver}: expected {sorted(KEYS)}, the kind being line or toggle")
    return waivers


def apply(waivers, counts):
    """The waived points of each waiver."""
    matched = []
    for waiver in waivers:
        pattern = re.compile(waiver["point"])
        points = [point for point in counts if point.file == waiver["file"] and point.kind == waiver["kind"] and
                  pattern.fullmatch(point_name(point))]
        label = f"waivers.toml: {waiver['file']}, {waiver['kind']}, {waiver['point']}"
        if not points:
            raise Failure(f"{label}: matches nothing")
        covered = [point for point in points if counts[point]]
        if covered:
            raise Failure(f"{label}: not needed for {point_name(covered[0])}, which is covered")
        matched.append(sorted(points))
    return matched


def percent(covered, total):
    return 100.0 if total == 0 else 100.0 * covered / total


def summary(counts, waived):
    """Rows (module, kind, covered, points, waived); modules in order, "all" last."""
    rows = []
    modules = sorted({point.file for point in counts})
    for module in modules + [None]:
        for kind in ("line", "toggle"):
            points = [point for point in counts if point.kind == kind and module in (point.file, None)]
            rows.append((module.removesuffix(".sv") if module else "all", kind,
                         sum(counts[point] > 0 for point in points), len(points),
                         sum(point in waived for point in points)))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="example:\n  tests/coverage/summary.py build/coverage/coverage/merged.dat")
    parser.add_argument("counts", type=pathlib.Path, help="written by verilator_coverage --write")
    parser.add_argument("--write", type=pathlib.Path, help="write the summary as Markdown")
    arguments = parser.parse_args()

    counts = read_points(arguments.counts)
    missing = {path.name for path in (ROOT / "rtl/src").glob("*.sv")} - {point.file for point in counts}
    if missing:
        raise Failure(f"no counts for {', '.join(sorted(missing))}: no test uses them, or they are not instrumented")
    waivers = read_waivers()
    matched = apply(waivers, counts)
    waived = {point for points in matched for point in points}
    rows = summary(counts, waived)

    failures = []
    print(f"{'module':24} {'line':>18} {'toggle':>18}   waived")
    for line, toggle in zip(rows[0::2], rows[1::2]):
        cells = [f"{percent(row[2], row[3]):6.1f} % of {row[3]:5}" for row in (line, toggle)]
        print(f"{line[0]:24} {cells[0]:>18} {cells[1]:>18}   {line[4] + toggle[4]}")
        for module, kind, covered, total, without in (line, toggle):
            if percent(covered, total - without) < WANTED:
                failures.append(f"{module}: {kind} coverage is {percent(covered, total - without):.1f} % of the points "
                                f"without a waiver; {WANTED} % wanted")
    for point, count in sorted(counts.items()):
        if count == 0 and point not in waived:
            failures.append(f"{point.file}:{point.line}: {point.kind} {point_name(point)}: not covered, no waiver")
    for failure in failures:
        print(f"summary.py: {failure}", file=sys.stderr)
    if not failures and arguments.write:
        arguments.write.parent.mkdir(parents=True, exist_ok=True)
        arguments.write.write_text(markdown(rows, waivers, matched))
    return 1 if failures else 0


def markdown(rows, waivers, matched):
    out = ["# Coverage of the RTL by its tests", "",
           "Generated by `tests/coverage/rtl.sh BUILD --write`: Verilator's line and toggle coverage of `rtl/src`,"
           " configuration", "`small` of unit and engine and the leaf modules' test parameters, by the quick tests.", "",
           *__doc__.strip().splitlines()[2:], "",
           "| module | line points | covered | toggle points | covered | waived |", "|---|---|---|---|---|---|"]
    for line, toggle in zip(rows[0::2], rows[1::2]):
        out.append(f"| `{line[0]}` | {line[3]} | {percent(line[2], line[3]):.1f} % | {toggle[3]} | "
                   f"{percent(toggle[2], toggle[3]):.1f} % | {line[4] + toggle[4]} |")
    out += ["", "## Points that are not covered, and why", "",
            "All of them; the list is `tests/coverage/waivers.toml`.", "",
            "| module | kind | points | number | why |", "|---|---|---|---|---|"]
    for waiver, points in zip(waivers, matched):
        names = ", ".join(f"`{name}`" for name in ranges([point_name(point) for point in points]))
        out.append(f"| `{waiver['file'].removesuffix('.sv')}` | {waiver['kind']} | {names.replace('|', chr(92) + '|')} | "
                   f"{len(points)} | {waiver['reason']} |")
    return "\n".join(out) + "\n"


def ranges(names):
    """Consecutive bits of a signal as one range: x[3], x[4] become x[4:3]."""
    bits = collections.defaultdict(set)
    out = []
    for name in names:
        bit = re.fullmatch(r"(.*)\[(\d+)\]", name)
        if bit:
            bits[bit[1]].add(int(bit[2]))
        elif name not in out:
            out.append(name)
    for signal, numbers in bits.items():
        for low in sorted(numbers):
            if low - 1 in numbers:
                continue
            high = low
            while high + 1 in numbers:
                high += 1
            out.append(f"{signal}[{low}]" if high == low else f"{signal}[{high}:{low}]")
    return out


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as error:
        print(f"summary.py: {error}", file=sys.stderr)
        sys.exit(1)
