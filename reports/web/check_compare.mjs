// Draws the page that compares synthetic results in headless Chromium and looks at the finished document:
//   node check_compare.mjs CHROMIUM SAMPLE_PROGRAM DIRECTORY
// Checks that the scripts ran without an error, every number of the JSON stands in its table with its value, charts are
// drawn, nothing overflows sideways on a phone or in dark mode, and hostile text stayed text.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { openBrowser } from "./browser.mjs";
import { says } from "./shown_figure.mjs";

const [chromium, sampleProgram, directory] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
execFileSync(sampleProgram, [directory], { stdio: ["ignore", "ignore", "inherit"] });
const results = JSON.parse(readFileSync(resolve(directory, "compare.json"), "utf8")).results;

const failures = [];
const expect = (condition, what) => { if (!condition) failures.push(what); };

const browser = await openBrowser(chromium, resolve(directory, "profile"));
const page = await browser.openPage(resolve(directory, "compare.html"));
await page.look(1280, "light");
// Each table by its caption: rows of a heading and the texts of its cells' figures.
const tables = Object.fromEntries(await page.evaluate(() => [...document.querySelectorAll("table")].map((table) =>
  [table.caption.textContent, [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) =>
    cell.querySelector(".figure") ? cell.querySelector(".number").textContent + (cell.querySelector(".unit")?.textContent ?? "")
      : cell.querySelector(".absent") ? null : cell.textContent))])));
const child = (node, name) => node?.children.find((one) => one.name === name);
const names = (table) => [...new Set(table.children.flatMap((row) => row.statistics.map((one) => one.name)))];
const stat = (node, name) => node?.statistics.find((one) => one.name === name);
const baseline = stat(results, "baseline").value;
let compared = 0;

// The cells of a row of `of`'s figure `name`, machine by machine, each with what stands beside it.
function expectRow(where, cells, wanted) {
  expect(cells?.length === wanted.length, `${where}: ${wanted.length} cells expected, found ${cells?.length}`);
  wanted.forEach((one, i) => {
    const text = cells?.[i];
    ++compared;
    if (!one) expect(text === null, `${where}: a dash expected, found ${text}`);
    else expect(text !== undefined && text !== null && says(text, one), `${where}: ${one.value} expected, found ${text}`);
  });
}
function expectTable(caption, rows) {
  const table = tables[caption];
  expect(table?.length === rows.length, `${caption}: ${rows.length} rows expected, found ${table?.length}`);
  rows.forEach((wanted, i) => expectRow(`${caption}, row ${i}`, table?.[i]?.slice(1), wanted));
}

const label = (name) => name.replaceAll(":", ": ");
for (const phase of results.children.filter((one) => ["prefill", "decode"].includes(one.name))) {
  const [figures, ratios, energy] = ["figures", "ratios", "energy"].map((name) => child(phase, name));
  expectTable(`${phase.title}: figures, and each over that of ${label(baseline)}`, names(figures).map((name) =>
    figures.children.flatMap((row) => [stat(row, name), ...(row.name === baseline ? [] : [stat(child(ratios, row.name), name)])])));
  const totals = names(energy).filter((name) => name.startsWith("joules_per_token"));
  const parts = names(energy).filter((name) => !totals.includes(name));
  expectTable(`${phase.title}: energy per token by part, constants at mid`,
    [...parts, ...totals].map((name) => energy.children.map((row) => stat(row, name))));
  for (const cycles of phase.children.filter((one) => one.name.endsWith("_cycles"))) {
    const shares = child(phase, cycles.name.replace("_cycles", "_shares"));
    expectTable(`${phase.title}, ${cycles.title}`, names(cycles).map((name) =>
      cycles.children.flatMap((row) => [stat(row, name), stat(child(shares, row.name), name)])));
  }
}
const machines = child(results, "machines");
expectTable("Machines", names(machines).map((name) => machines.children.map((row) => stat(row, name))));
const keys = child(results, "configuration");
const runs = [...new Set(machines.children.map((row) => stat(row, "run").value))];
expectTable("Keys of the configuration that differ", keys.children.map((key) => runs.map((name) => stat(key, name))));
expect(compared > 200, `only ${compared} cells compared`);

const charts = await page.evaluate(() => [...document.querySelectorAll(".chart")].map((box) => box.querySelectorAll("svg path").length));
expect(charts.length === 6 && charts.every((paths) => paths > 5), `6 drawn charts expected, found ${JSON.stringify(charts)}`);
const drawn = await page.evaluate(() => ({
  bars: document.querySelectorAll(".compare-bar").length,
  whiskers: [...document.querySelectorAll(".compare-whisker")].map((one) => one.offsetWidth > 10),
  notes: document.querySelectorAll(".notice").length, images: document.querySelectorAll("img").length,
  unknown: document.querySelectorAll(".tier-unknown").length, title: document.title,
}));
// Two phases, a bar for each machine that ran it, in two figures; whiskers on those of energy.
expect(drawn.bars === 14, `14 bars expected, found ${drawn.bars}`);
expect(drawn.whiskers.length === 7 && drawn.whiskers.every(Boolean), "7 whiskers of some length expected");
expect(drawn.notes === 1, "the note on different models is missing");
expect(drawn.images === 0 && drawn.title === "ternsim compare", "the hostile text came alive");
expect(drawn.unknown === 0, "a tier is unknown to the page");

for (const width of [390, 1280])
  for (const scheme of ["light", "dark"]) {
    await page.look(width, scheme);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide === 0, `${width} pixels, ${scheme}: the page is ${wide} pixels too wide`);
  }
for (const error of page.errors()) failures.push(`an error is logged: ${error}`);
await browser.close();

if (failures.length) {
  console.error(failures.slice(0, 20).map((one) => `compare page: ${one}`).join("\n"));
  process.exit(1);
}
console.log(`compare page: ${compared} cells equal to the JSON, ${charts.length} charts, hostile text inert`);
