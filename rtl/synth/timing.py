"""Static timing on the NLDM tables: loads, slews, delays and the longest path of a netlist.

Ideal clock without skew, one corner, no wire resistance; a wire's capacitance is a length for each fanout. Inputs come
INPUT_DELAY behind the clock edge, as from a register; outputs must be there at the next edge.
"""

WIRE_FF_PER_UM = 0.173  # mean of the signal layers; see README.md
CLOCK_SLEW = 20.0       # ps, at every clock pin
INPUT_SLEW = 20.0       # ps
INPUT_DELAY = 35.0      # ps
OUTPUT_LOAD = 1.0       # fF, about two gate inputs
EDGES = ("rise", "fall")
OPPOSITE = {"rise": "fall", "fall": "rise"}


class Timing:
    """Results: `load` (fF) and `slew`, `arrival` (ps, by edge) of each net, `delay` (ps, by edge, mean over the pins)
    of each instance, `period` (ps) and the instances of the longest path."""

    def __init__(self, netlist, um_per_fanout):
        self.netlist = netlist
        self.load = self.loads(netlist, um_per_fanout)
        self.slew, self.arrival, self.delay, self.before = {}, {}, {}, {}
        for name, bits in netlist.inputs.items():
            for net in bits:
                at = 0.0 if net == netlist.clock else INPUT_DELAY
                self.slew[net] = dict.fromkeys(EDGES, INPUT_SLEW)
                self.arrival[net] = dict.fromkeys(EDGES, at)
        for instance in netlist.flops:
            self.launch(instance)
        for instance in netlist.in_order():
            self.propagate(instance)
        self.period, self.path = self.longest()

    @staticmethod
    def loads(netlist, um_per_fanout):
        load = {}
        outputs = [net for bits in netlist.outputs.values() for net in bits]
        for net in netlist.nets():
            pins = netlist.sinks.get(net, [])
            wire = WIRE_FF_PER_UM * um_per_fanout * (len(pins) + outputs.count(net))
            load[net] = sum(i.kind.capacitance[p] for i, p in pins) + wire + OUTPUT_LOAD * outputs.count(net)
        return load

    def launch(self, flop):
        net = flop.pins[flop.kind.output]
        arc = next(a for a in flop.kind.arcs if a.kind == "rising_edge")
        delay = {e: arc.delay[e].at(CLOCK_SLEW, self.load[net]) for e in EDGES}
        self.delay[flop] = dict(delay)
        self.arrival[net] = delay
        self.slew[net] = {e: arc.slew[e].at(CLOCK_SLEW, self.load[net]) for e in EDGES}

    def propagate(self, instance):
        out = instance.pins[instance.kind.output]
        load = self.load[out]
        arrival, slew = dict.fromkeys(EDGES, -1.0), dict.fromkeys(EDGES, 1.0)
        seen = {e: [] for e in EDGES}
        for arc in instance.kind.arcs:
            net = instance.pins.get(arc.pin)
            if net not in self.arrival:
                continue  # a constant
            for edge in EDGES:
                if edge not in arc.delay:
                    continue
                sources = {"positive_unate": [edge], "negative_unate": [OPPOSITE[edge]]}.get(arc.sense, EDGES)
                for source in sources:
                    delay = arc.delay[edge].at(self.slew[net][source], load)
                    seen[edge].append(delay)
                    at = self.arrival[net][source] + delay
                    if at > arrival[edge]:
                        arrival[edge] = at
                        self.before[out, edge] = (net, source)
                    slew[edge] = max(slew[edge], arc.slew[edge].at(self.slew[net][source], load))
        self.arrival[out], self.slew[out] = arrival, slew
        self.delay[instance] = {e: max(sum(seen[e]) / len(seen[e]) if seen[e] else 0.0, 0.0) for e in EDGES}

    def longest(self):
        ends = []
        for flop in self.netlist.flops:
            for pin, tables in flop.kind.constraints.items():
                net = flop.pins[pin]
                for edge in EDGES:
                    if net in self.arrival:
                        setup = tables[edge].at(self.slew[net][edge], CLOCK_SLEW)
                        ends.append((self.arrival[net][edge] + setup, net, edge))
        for bits in self.netlist.outputs.values():
            ends += [(self.arrival[n][e], n, e) for n in bits if n in self.arrival for e in EDGES]
        period, net, edge = max(ends, key=lambda end: end[0])
        path = []
        while True:
            if net in self.netlist.driver:
                path.append(self.netlist.driver[net])
            if (net, edge) not in self.before:
                return period, path[::-1]
            net, edge = self.before[net, edge]
