// Builds the page from the embedded results.
(() => {
  "use strict";
  const { el, tier, tierMeaning, allTiers } = Dom;
  const data = JSON.parse(document.getElementById("results").textContent);
  const root = data.results;
  Tree.index(root);
  const report = document.getElementById("report");

  const KNOWN = ["run", "generation", "configuration", "machines", "comparison", "ladders", "operator_costs", "constants"];
  const sections = [
    Headline.sectionOf(root), Ladder.sectionOf(root), Operators.sectionOf(root), Sections.energy(root), Sections.units(root), Timeline.sectionOf(root), Roofline.sectionOf(root),
    Sections.machines(root),
    Sections.comparison(root), Sections.counts(root),
    ...root.children.filter((node) => !KNOWN.includes(node.name)).map((node) => Sections.other(root, node)),
    Sections.configuration(root), Sections.constants(root),
  ].filter(Boolean);

  document.getElementById("masthead").append(...Headline.masthead(root).filter(Boolean));
  if (sections.length > 1)
    report.append(el("nav", { class: "contents", "aria-label": "Contents" }, el("ul", {}, sections.map((one) =>
      el("li", {}, el("a", { href: `#${one.id}` }, one.dataset.short))))));
  report.append(el("aside", { class: "tiers", "aria-label": "How well a number is supported" },
    el("span", { class: "tiers-title" }, "Every number carries its evidence:"),
    allTiers().map((name) => el("span", {}, tier(name), ` ${tierMeaning(name)}`))));
  if (root.statistics.length) report.append(...Tables.figures(root, Tree.title(root)).flat().filter(Boolean));
  report.append(...sections);
  Charts.start();

  // On paper nothing can be opened: tables come out in full, charts in the light colours.
  const closed = [];
  addEventListener("beforeprint", () => {
    document.documentElement.classList.add("printing");
    for (const one of report.querySelectorAll("details:not([open])")) { one.open = true; closed.push(one); }
    Charts.drawAll();
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("printing");
    for (const one of closed.splice(0)) one.open = false;
    Charts.drawAll();
  });
  document.documentElement.dataset.ready = "true";
})();
