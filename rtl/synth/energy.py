"""Energy of a netlist from its activity, in fJ a cycle, by part.

    net        changes x V^2/2 x (pins + wire), booked to what drives it: logic, registers, inputs, clock
    gate       changes x internal energy at the slew and load of the static timing, mean over pins and states;
               input changes that do not reach the output: the input pins' own energy
    register   clock edges at unchanged data are `clock`; what a change of data adds is `registers`
    leakage    of all cells, mean over states, over the cycle

The two rails of the kit hold half of an energy each: they are added. (Charge conservation shows it: what an inverter's
tables say flows through both rails is its input capacitance times V^2; `rail_check`.)
"""

from statistics import fmean

from timing import CLOCK_SLEW, EDGES

PARTS = ("logic", "registers", "clock", "inputs", "leakage")


def rails(powers, edge, slew, load=0.0):
    """Both rails' energy of an edge, mean over states and pins."""
    by_state = {}
    for power in powers:
        if edge in power.table:
            key = (power.pin, power.when)
            by_state[key] = by_state.get(key, 0.0) + power.table[edge].at(slew, load)
    return fmean(by_state.values()) if by_state else 0.0


def rail_check(library):
    """Twice the charge that flows through an inverter's rails when its input falls, over the input's own, mean over the
    inverters: about 1 where the rails' tables are halves to be added, about 2 where each holds the whole."""
    ratios = []
    for name in sorted(library.texts):
        if not name.startswith("INVx"):
            continue
        cell = library.cell(name)
        tables = {p.rail: p.table for p in cell.output_power}
        flow = tables["VDD"]["rise"].at(CLOCK_SLEW, 1.44) - tables["VSS"]["rise"].at(CLOCK_SLEW, 1.44)
        ratios.append(2 * flow / (cell.capacitance["A"] * library.voltage**2))
    return fmean(ratios)


class Accounts:
    """Energies of the counted cycles by part, fJ."""

    def __init__(self, netlist, timing, activity, voltage):
        self.netlist, self.timing, self.activity = netlist, timing, activity
        self.square = voltage**2

    def book(self, changes, period_ps, owned=None):
        """fJ a cycle by part, for the activity's `changes` or `settled` counts: of the instances `owned` and the nets
        that they drive, or of all and the inputs. With a list that is empty: of the inputs alone."""
        parts = dict.fromkeys(PARTS, 0.0)
        instances = self.netlist.instances if owned is None else owned
        mine = set(instances)
        for net in self.netlist.nets():
            driver = self.netlist.driver.get(net)
            if driver not in mine and (driver is not None or owned):
                continue
            part = "inputs" if driver is None else "registers" if driver.kind.sequential else "logic"
            if net != self.netlist.clock:
                parts[part] += changes.get(net, 0) * self.square / 2 * self.timing.load[net]
        for instance in instances:
            if instance.kind.sequential:
                self.book_flop(instance, changes, parts)
            else:
                parts["logic"] += self.gate(instance, changes)
        cycles = self.activity.cycles
        flops = sum(i.kind.sequential for i in instances)
        if flops:
            share = flops / len(self.netlist.flops)
            parts["clock"] += cycles * self.square * self.timing.load[self.netlist.clock] * share
        out = {part: energy / cycles for part, energy in parts.items()}
        # pW x ps = 1e-24 J = 1e-9 fJ
        out["leakage"] = sum(i.kind.leakage for i in instances) * period_ps * 1e-9
        return out

    def gate(self, instance, changes):
        kind, timing = instance.kind, self.timing
        out = instance.pins[kind.output]
        made = changes.get(out, 0)
        pins = [(p, instance.pins[p]) for p in kind.inputs if instance.pins[p] in timing.slew]
        came = {p: changes.get(net, 0) for p, net in pins}
        total = sum(came.values())
        if not total:
            return 0.0
        energy = 0.0
        for pin, net in pins:
            share = came[pin] / total
            powers = [p for p in kind.output_power if p.pin == pin]
            slew = max(timing.slew[net].values())
            energy += made * share * fmean(rails(powers, e, slew, timing.load[out]) for e in EDGES)
            hidden = max(total - made, 0) * share
            energy += hidden * fmean(rails(kind.input_power[pin], e, slew) for e in EDGES)
        return energy

    def book_flop(self, flop, changes, parts):
        kind, timing, cycles = flop.kind, self.timing, self.activity.cycles
        clock, out = kind.flop["clock"], flop.pins[kind.output]
        made = changes.get(out, 0)
        # The clock pin's energy by state: where D is what the output already says, the edge changes nothing.
        quiet = [p for p in kind.input_power[clock] if not pending(p.when, kind)]
        waiting = [p for p in kind.input_power[clock] if pending(p.when, kind)]
        quiet_edge = {e: rails(quiet, e, CLOCK_SLEW) for e in EDGES}
        parts["clock"] += cycles * sum(quiet_edge.values())
        change = fmean(rails(kind.output_power, e, CLOCK_SLEW, timing.load[out]) for e in EDGES)
        # A change finds its data waiting at the falling edge before, and takes the place of a quiet rising edge.
        fall = rails(waiting, "fall", CLOCK_SLEW) - quiet_edge["fall"]
        parts["registers"] += made * (change - quiet_edge["rise"] + fall)
        for pin in kind.inputs:
            net = flop.pins[pin]
            if pin != clock and net in timing.slew:
                slew = max(timing.slew[net].values())
                own = fmean(rails(kind.input_power[pin], e, slew) for e in EDGES)
                parts["registers"] += changes.get(net, 0) * own


def pending(when, kind):
    """Whether the clock edge of this state changes the output: a flip-flop with an inverted output waits where data
    and output are equal."""
    text = (when or "").replace("(", "").replace(")", "")
    state = {}
    for term in text.split("*"):
        state[term.strip().lstrip("!")] = not term.strip().startswith("!")
    data = next(p for p in kind.inputs if p != kind.flop["clock"])
    inverted = kind.flop["next"].strip("()").startswith("!") == (not kind.function.strip("()").endswith("NN"))
    return (state.get(data) == state.get(kind.output)) == inverted


def energy_of(netlist, timing, activity, voltage, period_ps):
    """fJ a cycle by part; `glitches` is what is left of logic and registers without delays subtracted."""
    accounts = Accounts(netlist, timing, activity, voltage)
    parts = accounts.book(activity.changes, period_ps)
    still = accounts.book(activity.settled, period_ps)
    parts["total"] = sum(parts[p] for p in PARTS)
    parts["of_which_glitches"] = parts["total"] - sum(still[p] for p in PARTS)
    return parts
