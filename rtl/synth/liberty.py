"""Liberty files: cells with area, functions, NLDM tables and internal energy.

A file is cut into cells at once and a cell parsed when it is first asked for, because a kit has tens of megabytes of
which a design needs a hundredth. Units are those of the header; only ps, fF, 1 V and pW are taken, so that no number is
converted silently: times in ps, capacitance in fF, energy in fJ, leakage in pW, area in um2.
"""

import bisect
import hashlib
import re
from pathlib import Path

CELL = re.compile(r"^[ \t]*cell\s*\(\s*\"?(\w+)\"?\s*\)", re.MULTILINE)
TOKEN = re.compile(r'"(?:[^"\\]|\\.|\\\n)*"|[{}();:,]|[^\s{}();:,"]+')
TEMPLATE = re.compile(r"^[ \t]*lu_table_template\s*\((\w+)\)\s*{[^}]*}\n", re.MULTILINE)
UNITS = {"time_unit": "1ps", "voltage_unit": "1V", "leakage_power_unit": "1pW"}
MAX_INPUTS = 5


class LibertyError(Exception):
    """A file that cannot be used; the message names file, cell and reason."""


class Group:
    """A Liberty group: its arguments, simple attributes and inner groups in order."""

    def __init__(self, kind, arguments):
        self.kind, self.arguments = kind, arguments
        self.attributes, self.groups = {}, []

    def all(self, kind):
        return [g for g in self.groups if g.kind == kind]

    def number(self, name, default=0.0):
        return float(self.attributes.get(name, default))


def parse_group(text):
    """The first group of a text. Attributes may end at a line's end without a semicolon."""
    tokens = [(m.group(), m.start()) for m in TOKEN.finditer(text)]
    position = 0

    def group(kind):
        nonlocal position
        arguments = []
        while tokens[position][0] != "{":
            if tokens[position][0] not in "(),":
                arguments.append(tokens[position][0].strip('"'))
            position += 1
        position += 1
        out = Group(kind, arguments)
        while tokens[position][0] != "}":
            name = tokens[position][0]
            position += 1
            if name == ";":
                continue
            if tokens[position][0] == ":":
                value = tokens[position + 1][0].strip('"')
                position += 2
                out.attributes[name] = value
                continue
            close = position
            while tokens[close][0] != ")":
                close += 1
            if close + 1 < len(tokens) and tokens[close + 1][0] == "{":
                out.groups.append(group(name))
                continue
            out.attributes[name] = [t[0].strip('"') for t in tokens[position + 1:close] if t[0] != ","]
            position = close + 1
        position += 1
        return out

    kind = tokens[0][0]
    position = 1
    return group(kind)


class Table:
    """A look-up table over input slew (ps) and, where it has two indices, output load (fF); linear in between and
    beyond its ends, as static timing tools extrapolate."""

    def __init__(self, group):
        def numbers(entries):
            return [float(n) for entry in entries for n in re.sub(r"[\\\s]", "", entry).split(",") if n]

        self.rows = numbers(group.attributes.get("index_1", []))
        self.columns = numbers(group.attributes.get("index_2", []))
        self.values = numbers(group.attributes["values"])

    @staticmethod
    def place(axis, x):
        if len(axis) < 2:
            return 0, 0.0
        i = min(max(bisect.bisect_right(axis, x) - 1, 0), len(axis) - 2)
        return i, (x - axis[i]) / (axis[i + 1] - axis[i])

    def at(self, slew, load=0.0):
        if len(self.values) == 1:
            return self.values[0]
        i, fi = self.place(self.rows, slew)
        if not self.columns:
            return self.values[i] + fi * (self.values[i + 1] - self.values[i])
        j, fj = self.place(self.columns, load)
        width = len(self.columns)

        def row(n):
            left = self.values[n * width + j]
            return left + fj * (self.values[n * width + j + 1] - left)

        low = row(i)
        return low + fi * (row(i + 1) - low)


class Arc:
    """Timing from one pin to the output: tables by output edge ("rise", "fall")."""

    def __init__(self, group):
        self.pin = group.attributes["related_pin"]
        self.sense = group.attributes.get("timing_sense", "non_unate")
        self.kind = group.attributes.get("timing_type", "combinational")
        tables = {g.kind: Table(g) for g in group.groups}
        self.delay = {e: tables[f"cell_{e}"] for e in ("rise", "fall") if f"cell_{e}" in tables}
        self.slew = {e: tables[f"{e}_transition"] for e in ("rise", "fall") if f"{e}_transition" in tables}


class Power:
    """Internal energy by edge of the pin it stands at; one rail's share, `when` as written or None."""

    def __init__(self, group):
        self.pin = group.attributes.get("related_pin")
        self.when = group.attributes.get("when")
        self.rail = group.attributes.get("related_pg_pin")
        self.table = {g.kind.split("_")[0]: Table(g) for g in group.groups if g.kind.endswith("_power")}


class Cell:
    """A cell of one output, combinational or an edge-triggered flip-flop."""

    def __init__(self, name, group):
        self.name = name
        self.area = group.number("area")
        leakage = [g for g in group.all("leakage_power") if "when" not in g.attributes]
        self.leakage = sum(g.number("value") for g in leakage)
        self.inputs, self.capacitance, self.input_power = [], {}, {}
        self.constraints = {}
        self.output = self.function = None
        self.arcs, self.output_power = [], []
        for pin in group.all("pin"):
            pin_name = pin.arguments[0]
            if pin.attributes["direction"] == "output":
                self.output, self.function = pin_name, pin.attributes.get("function")
                self.arcs = [Arc(g) for g in pin.all("timing")]
                self.output_power = [Power(g) for g in pin.all("internal_power")]
            elif pin.attributes["direction"] == "input":
                self.inputs.append(pin_name)
                self.capacitance[pin_name] = pin.number("capacitance")
                self.input_power[pin_name] = [Power(g) for g in pin.all("internal_power")]
                for timing in pin.all("timing"):
                    if timing.attributes.get("timing_type") == "setup_rising":
                        self.constraints[pin_name] = {g.kind.split("_")[0]: Table(g) for g in timing.groups}
        flops = group.all("ff")
        self.flop = None
        if flops:
            ff = flops[0]
            self.flop = {"clock": ff.attributes["clocked_on"].strip("()"), "next": ff.attributes["next_state"]}

    @property
    def sequential(self):
        return self.flop is not None


class Library:
    """All cells of several Liberty files.

    `files` are paths; throws LibertyError, naming the file, on one that is missing, has other units or another voltage.
    """

    def __init__(self, files):
        self.files, self.texts, self.cells, self.templates = [], {}, {}, {}
        self.voltage = self.temperature = None
        for path in map(Path, files):
            try:
                text = path.read_text()
            except (OSError, UnicodeDecodeError) as error:
                raise LibertyError(f"{path}: cannot be read ({error}); give unpacked Liberty files") from error
            self.read_header(path, text)
            self.templates.update({m.group(1): m.group() for m in TEMPLATE.finditer(text)})
            starts = [(m.start(), m.group(1)) for m in CELL.finditer(text)]
            for (start, name), (end, _) in zip(starts, starts[1:] + [(text.rfind("}"), "")]):
                self.texts[name] = text[start:end]
            self.files.append({"name": path.name, "sha256": hashlib.sha256(text.encode()).hexdigest()})
        if not self.texts:
            raise LibertyError("no cells: give at least one Liberty file")

    def read_header(self, path, text):
        header = text[:(CELL.search(text) or re.search(r"$", text)).start()]
        for name, unit in UNITS.items():
            found = re.search(rf'{name}\s*:\s*"([^"]+)"', header)
            if not found or found.group(1).replace(" ", "") != unit:
                raise LibertyError(f"{path}: {name} is {found.group(1) if found else 'missing'}, expected {unit}")
        if not re.search(r"capacitive_load_unit\s*\(\s*1\s*,\s*\"?ff", header):
            raise LibertyError(f"{path}: capacitive_load_unit is not 1 ff")
        voltage = float(re.search(r"nom_voltage\s*:\s*([\d.]+)", header).group(1))
        if self.voltage not in (None, voltage):
            raise LibertyError(f"{path}: {voltage} V, the files before it have {self.voltage} V")
        self.voltage = voltage
        self.temperature = float(re.search(r"nom_temperature\s*:\s*(-?[\d.]+)", header).group(1))

    def cell(self, name):
        """The cell of that name, parsed. Throws LibertyError when there is none."""
        if name not in self.cells:
            if name not in self.texts:
                raise LibertyError(f"cell {name} is in none of the Liberty files")
            self.cells[name] = Cell(name, parse_group(self.texts[name]))
        return self.cells[name]

    def usable(self, name):
        """Whether synthesis may use the cell: one output with a function of at most five inputs, or the plain
        flip-flop; no clock inverters, delay, scan, tie, latch or clock-gate cells."""
        text = self.texts[name]
        outputs = len(re.findall(r"^\s*function\s*:", text, re.MULTILINE))
        if outputs != 1 or re.match(r"CKINV|HB\d|TIE|ICG|SDF|D[HL]L|DFFLQ|DFFASR|DFFHQx", name):
            return False
        return len(re.findall(r"^\s*pin\s*\(", text, re.MULTILINE)) - 1 <= MAX_INPUTS

    def merged(self):
        """One Liberty text of the usable cells for Yosys and ABC, which take a single file; without power groups, and
        with the semicolons that some kits forget."""
        names = sorted(n for n in self.texts if self.usable(n))
        parts = ['library (merged) {\n  delay_model : table_lookup;\n  capacitive_load_unit (1,ff);\n'
                 '  time_unit : "1ps";\n  voltage_unit : "1V";\n  current_unit : "1mA";\n  leakage_power_unit : "1pW";\n'
                 f"  nom_voltage : {self.voltage};\n  default_max_transition : 320;\n"]
        parts += self.templates.values()
        parts += [without_groups(self.texts[n], ("internal_power", "leakage_power", "pg_pin")) for n in names]
        return "".join(parts) + "}\n", names


def without_groups(text, kinds):
    """The text of a cell without its groups of some kinds, braces matched."""
    out, position = [], 0
    for match in re.finditer(rf"^[ \t]*(?:{'|'.join(kinds)})\s*\([^)]*\)\s*{{", text, re.MULTILINE):
        if match.start() < position:
            continue
        out.append(text[position:match.start()])
        depth, position = 1, match.end()
        while depth:
            brace = re.compile(r"[{}]").search(text, position)
            depth += 1 if brace.group() == "{" else -1
            position = brace.end()
    out.append(text[position:])
    return re.sub(r"^(\s*area : [\d.]+)\s*$", r"\1;", "".join(out), flags=re.MULTILINE)
