// Elements. All text goes in as text nodes; no string is ever parsed as HTML.
const Dom = (() => {
  "use strict";

  function el(tag, attributes = {}, ...content) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === undefined || value === null) continue;
      if (key === "class") node.className = value;
      else node.setAttribute(key, value);
    }
    for (const one of content.flat(Infinity)) {
      if (one === undefined || one === null) continue;
      node.append(one instanceof Node ? one : document.createTextNode(String(one)));
    }
    return node;
  }

  // A figure has the tier of the weakest number that went in; in the order of the program, weaker ones later.
  const TIERS = {
    exact: ["E", "counted exactly"],
    measured: ["M", "wall time on this machine; another run differs"],
    simulated: ["S", "counted in the simulation"],
    published: ["P", "printed in a paper, or a simulated count times such constants"],
    synthesised: ["Y", "from synthesis of the RTL, or a simulated count times such constants"],
    derived: ["D", "derived from printed numbers, or a simulated count times such constants"],
    assumed: ["A", "an assumption of this study, or a figure whose weakest constant is one"],
  };

  const tierLetter = (tier) => TIERS[tier]?.[0] ?? "?";
  const tierMeaning = (tier) => TIERS[tier]?.[1] ?? "";
  const known = (tier) => (tier in TIERS ? tier : "unknown");

  // The tier as a word; in dense tables as a letter, with the word for screen readers and on hover.
  const tier = (name) => el("span", { class: `tier tier-${known(name)}`, title: tierMeaning(name) }, name);
  const tierMark = (name) =>
    el("span", { class: `tier mark tier-${known(name)}`, title: `${name}: ${tierMeaning(name)}` },
      el("span", { "aria-hidden": "true" }, tierLetter(name)), el("span", { class: "hidden" }, name));

  function tierLegend(tiers) {
    const order = Object.keys(TIERS).filter((name) => tiers.has(name));
    if (order.length === 0) return null;
    return el("p", { class: "tier-legend" }, "Evidence: ",
      order.map((name) => el("span", {}, tierMark(name), ` ${name}`)));
  }

  // A value with its tier, and its range where it has one; the number and its unit are set apart so that the number
  // stands out. `data-path` says which figure of the results it is.
  function figure(one, options = {}) {
    if (!one) return el("span", { class: "absent", title: "not in this report" }, "–");
    const shown = Tree.shown(one);
    if (Tree.isText(one)) return el("span", { class: "text-value", "data-path": one.path }, shown);
    const split = shown.indexOf(" ");
    const number = split < 0 ? shown : shown.slice(0, split);
    const unit = split < 0 ? "" : shown.slice(split + 1);
    const value = el("span", { class: "figure", title: one.description || undefined, "data-path": one.path },
      el("span", { class: "number" }, number + (options.suffix ?? "")),
      unit && !options.bare ? el("span", { class: "unit" }, ` ${unit}`) : null,
      options.mark ? [" ", tierMark(one.tier)] : [" ", tier(one.tier)]);
    return one.range && !options.alone ? el("span", { class: "ranged" }, value, " ", rangeOf(one.range)) : value;
  }

  // "0.20 to 0.41 mJ/token": the first unit is seen where it is another than the second.
  function rangeOf([low, high]) {
    const [number, unit] = Tree.shown(low).split(" ");
    const same = Tree.shown(high).endsWith(` ${unit}`);
    return el("span", { class: "range-text" },
      el("span", { "data-path": low.path }, number, el("span", { class: same ? "hidden" : null }, ` ${unit}`)), " to ",
      el("span", { "data-path": high.path }, Tree.shown(high)));
  }

  // `short` is the heading's name in the list of contents.
  function section(id, [heading, short], lead, ...content) {
    return el("section", { id, "data-short": short ?? heading, "aria-labelledby": `${id}-heading` },
      el("h2", { id: `${id}-heading` }, heading), lead ? el("p", { class: "lead" }, lead) : null, ...content);
  }

  const allTiers = () => Object.keys(TIERS);

  function contents(sections) {
    return el("nav", { class: "contents", "aria-label": "Contents" }, el("ul", {}, sections.map((one) =>
      el("li", {}, el("a", { href: `#${one.id}` }, one.dataset.short)))));
  }

  // What the evidence tags mean.
  function evidence() {
    return el("aside", { class: "tiers", "aria-label": "How well a number is supported" },
      el("span", { class: "tiers-title" }, "Every number carries its evidence:"),
      allTiers().map((name) => el("span", {}, tier(name), ` ${tierMeaning(name)}`)));
  }

  return { el, tier, tierMark, tierMeaning, tierLegend, figure, section, contents, evidence, allTiers };
})();
