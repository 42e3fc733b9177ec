// Every figure on the page against results.json: its value, and that row and column bear its name.
import { says } from "./shown_figure.mjs";

// The statistics of a results tree by path, with the names that people may know it by: those of its nodes and its own.
export function statisticsOf(node, path = "", names = [], out = new Map()) {
  for (const one of node.statistics) out.set(path + one.name, { ...one, names: [...names, one.name] });
  for (const one of node.children) statisticsOf(one, `${path}${one.name}/`, [...names, one.name, one.title], out);
  return out;
}

// In the page: every element that shows a figure, where it stands, and cells of numbers that no path leads to.
function shownFigures() {
  const own = (node) => [...node.childNodes].filter((one) => one.nodeName !== "SMALL" && !one.classList?.contains("hidden")).map((one) => one.textContent).join("");
  const headOf = (cell) => {
    const row = cell.parentNode;
    const table = row.closest("table");
    const rows = [...table.tHead.rows];
    const last = rows.at(-1);
    const columns = rows.length === 1 ? [...last.cells] : [rows[0].cells[0], ...last.cells];
    const groups = rows.length === 1 ? [] : [...rows[0].cells].slice(1).flatMap((one) => Array(one.colSpan).fill(one));
    return { row: own(row.cells[0]), column: columns[cell.cellIndex].textContent, group: groups[cell.cellIndex - 1]?.textContent };
  };
  const shown = [...document.querySelectorAll("[data-path]")].map((node) => {
    const number = node.querySelector(".number");
    const cell = node.closest("td");
    return { path: node.dataset.path, section: node.closest("section")?.id ?? "top", bare: Boolean(cell) || Boolean(node.closest(".phase")),
      text: number ? number.textContent + (node.querySelector(".unit")?.textContent ?? "") : node.textContent, place: cell ? headOf(cell) : null };
  });
  const loose = [...document.querySelectorAll("td.value")].filter((cell) => !cell.querySelector("[data-path], .absent")).map((cell) => cell.textContent);
  return { shown, loose };
}

const bare = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
// What a heading is called on the page where it is not the name in the results.
const CALLED = { "All parts": ["joules_per_token_mid", "joules_per_token"], Energy: ["joules_per_token"], "Low end": ["joules_per_token_low"],
  "High end": ["joules_per_token_high"], "Physical floor": ["floor_joules_per_token_mid"], Area: ["area_m2"] };

// Whether a heading names the figure: as a whole, or piece by piece ("Matrix: Layer 3").
function names(heading, statistic) {
  // The ends of a range stand in the row of what they are the range of.
  const own = [statistic.name, statistic.name.replace(/_(low|high)$/, "_mid")];
  const known = [...statistic.names, ...own, statistic.name.replace(/_(hz|m2)$/, "")].map(bare).filter(Boolean);
  const is = (text) => known.includes(bare(text)) || (CALLED[text] ?? []).some((one) => own.includes(one));
  return is(heading) || heading.split(": ").every((piece) => is(piece) || (["Over the first machine", "Stalled"].includes(piece)
    && (statistic.name === "ratio" || statistic.name.startsWith("stall_"))) || known.includes(`stall${bare(piece)}`));
}

export async function checkFigures(page, statistics, fail) {
  const { shown, loose } = await page.evaluate(shownFigures);
  const sections = new Map();
  for (const { path, section, text, bare: mayBeBare, place } of shown) {
    const statistic = statistics.get(path);
    if (!statistic) { fail(`${section}: shows "${text}" as ${path}, which results.json lacks`); continue; }
    sections.set(section, (sections.get(section) ?? 0) + 1);
    if (!says(text, statistic, mayBeBare)) fail(`${section}: ${path} is ${statistic.value}, and "${text}" is shown`);
    if (!place) continue;
    // One heading says which figure it is; the other, or its group, of what.
    if (!names(place.row, statistic)) fail(`${section}: ${path} stands in the row "${place.row}"`);
    const machine = (heading) => names(heading, statistic);
    if (!machine(place.column) && !(place.group && machine(place.group)) && section !== "constants" && place.column !== "Value")
      fail(`${section}: ${path} stands in the column "${place.group ?? ""} ${place.column}"`);
  }
  for (const text of loose) fail(`a table has the value "${text}" that stands for nothing in results.json`);
  const all = await page.evaluate(() => [...document.querySelectorAll("main section")].map((one) => one.id));
  for (const id of all) if (!sections.get(id)) fail(`section ${id} shows no figure`);
  return shown.length;
}
