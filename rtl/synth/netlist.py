"""A flat netlist of library cells, as Yosys writes it in JSON."""

import json
from collections import defaultdict


class Instance:
    """A cell: its type and the net of each pin. Nets are numbers, or "0" and "1" for constants."""

    __slots__ = ("name", "kind", "pins")

    def __init__(self, name, kind, pins):
        self.name, self.kind, self.pins = name, kind, pins


class Netlist:
    """Instances, ports (name to nets, lowest bit first), and who drives and reads each net."""

    def __init__(self, module, library):
        self.inputs, self.outputs, self.instances = {}, {}, []
        for name, port in module["ports"].items():
            (self.inputs if port["direction"] == "input" else self.outputs)[name] = port["bits"]
        self.driver, self.sinks = {}, defaultdict(list)
        for name, cell in module["cells"].items():
            kind = library.cell(cell["type"])
            instance = Instance(name, kind, {pin: bits[0] for pin, bits in cell["connections"].items()})
            self.instances.append(instance)
            self.driver[instance.pins[kind.output]] = instance
            for pin in kind.inputs:
                self.sinks[instance.pins[pin]].append((instance, pin))
        driven = set(self.driver).union(*self.inputs.values(), ("0", "1"))
        for net in set(self.sinks).union(*self.outputs.values()) - driven:
            raise ValueError(f"net {net} is used and has no driver")
        self.clock = self.inputs["clk_i"][0] if "clk_i" in self.inputs else None

    @property
    def flops(self):
        return [i for i in self.instances if i.kind.sequential]

    @property
    def area(self):
        return sum(i.kind.area for i in self.instances)

    def nets(self):
        """All nets that are no constants."""
        ports = [bit for bits in list(self.inputs.values()) + list(self.outputs.values()) for bit in bits]
        return sorted({n for n in list(self.driver) + list(self.sinks) + ports if not isinstance(n, str)})

    def in_order(self):
        """Combinational instances, each behind those that drive it. Raises ValueError on a loop."""
        order, state = [], {}
        for start in self.instances:
            stack = [(start, False)]
            while stack:
                instance, leaving = stack.pop()
                if leaving:
                    state[instance] = 2
                    order.append(instance)
                    continue
                if instance.kind.sequential or state.get(instance) == 2:
                    continue
                if state.get(instance) == 1:
                    raise ValueError(f"combinational loop through {instance.name}")
                state[instance] = 1
                stack.append((instance, True))
                for pin in instance.kind.inputs:
                    source = self.driver.get(instance.pins[pin])
                    if source is not None and state.get(source) != 2 and not source.kind.sequential:
                        stack.append((source, False))
        return order


def read_netlist(path, library, top="synth_top"):
    """The netlist of a module in a Yosys JSON file."""
    with open(path) as file:
        return Netlist(json.load(file)["modules"][top], library)
