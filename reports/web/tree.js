// The results tree as the page reads it: lookups by path, and the names people see. Nothing is computed here; a value's
// text for people ("shown") was made by the program.
const Tree = (() => {
  "use strict";

  // Gives every statistic its place in the tree (`path`), and one called ..._mid the ends of its range where they stand
  // beside it (`range`).
  function index(node, path = "") {
    for (const one of node.statistics) {
      one.path = path + one.name;
      if (!one.name.endsWith("_mid")) continue;
      const ends = ["low", "high"].map((end) => stat(node, one.name.replace(/mid$/, end)));
      if (ends.every(Boolean) && ends[0].value !== ends[1].value) one.range = ends;
    }
    for (const one of node.children) index(one, `${path}${one.name}/`);
  }

  const PHASES = [["prefill", "Prefill"], ["decode", "Decode"]];

  const child = (node, ...names) =>
    names.reduce((at, name) => at && at.children.find((one) => one.name === name), node);
  const stat = (node, name) => (node ? node.statistics.find((one) => one.name === name) : undefined);
  const text = (node, name) => stat(node, name)?.value;

  // A title that only repeats the name is spelt out like a name.
  const title = (node) => (node.title && node.title !== node.name ? node.title : humanise(node.name));

  const SPELLINGS = { cpu: "CPU", systemc: "SystemC", kv: "KV", fp16: "FP16", lm: "LM", sram: "SRAM", dram: "DRAM", dma: "DMA", macs: "MACs", rtl: "RTL", hz: "Hz", yaml: "YAML" };
  const UNIT_ENDINGS = / (hz|m2)$/;

  // "weight_sram" -> "weight SRAM"; the unit at a name's end is dropped because the value carries it.
  const spelt = (name) =>
    name.replaceAll("_", " ").replace(UNIT_ENDINGS, "").split(" ").map((word) => SPELLINGS[word] ?? word).join(" ");

  // The same at the beginning of a line: "Weight SRAM".
  const humanise = (name) => spelt(name).replace(/^./, (first) => first.toUpperCase());

  const isText = (one) => one.quantity === "text";

  // Typography only: digits instead of an exponent, squared metres, micro and the minus sign as they are printed.
  function shown(one) {
    if (isText(one) || one.shown === undefined) return String(one.value);
    return one.shown.replace(/^-?\d(\.\d+)?e[+-]\d+/, spelledOut).replace(/m2(?=$|\/)/, "m²").replace(/ u(?=[A-Zms])/, " µ").replace(/^-/, "−");
  }

  const spelledOut = (number) => Number(number).toLocaleString("en-US", { maximumSignificantDigits: 4 });

  // Names of the statistics (or children) of several nodes, each once, in the order of first appearance.
  function unionOfNames(nodes, key) {
    const names = new Map();
    for (const node of nodes) for (const one of node ? node[key] : []) if (!names.has(one.name)) names.set(one.name, one);
    return names;
  }

  // A node's tier in words beside figures that carry their own tier each says nothing new.
  const isTierNote = (one) => one.name === "tier" && isText(one);

  return { PHASES, index, child, stat, text, title, spelt, humanise, isText, isTierNote, shown, unionOfNames };
})();
