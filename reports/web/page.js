// Builds the page from the embedded results.
(() => {
  "use strict";
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
    report.append(Dom.contents(sections));
  report.append(Dom.evidence());
  if (root.statistics.length) report.append(...Tables.figures(root, Tree.title(root)).flat().filter(Boolean));
  report.append(...sections);
  Charts.start();
  Charts.printOpened(report);
  document.documentElement.dataset.ready = "true";
})();
