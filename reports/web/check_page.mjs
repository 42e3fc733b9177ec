// Draws reports in headless Chromium and looks at the finished documents:
//   node check_page.mjs CHROMIUM DIRECTORY sample|report PROGRAM
// Pages are those of the sample tree, whose text is hostile (PROGRAM is reports_sample_page), or of runs of ternsim. Of each: every figure
// that is shown is that of results.json, and stands in the row and column of its name; charts hold and draw the same
// values; tables sort; no error is logged; nothing overflows at three widths, light and dark; it prints.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { openBrowser } from "./browser.mjs";
import { checkCharts, checkTimelineBars, checkZoom } from "./check_charts.mjs";
import { checkFigures, statisticsOf } from "./check_figures.mjs";
import { checkKeyboard, checkSorting } from "./check_sorting.mjs";

const [chromium, directory, kind, program] = process.argv.slice(2);
const WIDTHS = [360, 768, 1280];
const failures = [];
const done = [];

const openAll = () => { for (const one of document.querySelectorAll("details")) one.open = true; };

// What stands out to the right of the window, and has no scroll bar of its own.
function overflowing() {
  const limit = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= limit) return [];
  const inScroll = (node) => node.closest(".scroll, pre, .chart, .hidden");
  return [...document.querySelectorAll("main *, header *, footer *")].filter((node) => node.getBoundingClientRect().right > limit + 0.5 && !inScroll(node))
    .slice(0, 3).map((node) => `${node.tagName.toLowerCase()}.${node.className} "${node.textContent.slice(0, 40)}"`).concat("the document scrolls sideways");
}

// What a screen reader needs: names for tables, charts, buttons and regions; headings without a gap between levels.
function unnamed() {
  const out = [];
  const need = (selector, ok, what) => { for (const node of document.querySelectorAll(selector)) if (!ok(node)) out.push(`${what}: ${node.outerHTML.slice(0, 80)}`); };
  need("table", (node) => node.caption?.textContent.trim(), "a table has no caption");
  need(".chart", (node) => node.getAttribute("role") === "img" && node.getAttribute("aria-label")?.length > 10, "a chart has no name");
  need("button, summary", (node) => node.textContent.trim() || node.getAttribute("aria-label"), "a control has no name");
  need("thead th", (node) => ["col", "colgroup"].includes(node.getAttribute("scope")), "a column's head has no scope");
  need("tbody th", (node) => node.getAttribute("scope") === "row", "a row's head has no scope");
  const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((node) => Number(node.tagName[1]));
  levels.forEach((level, at) => { if (at > 0 && level > levels[at - 1] + 1) out.push(`heading ${at} jumps from h${levels[at - 1]} to h${level}`); });
  return out;
}

async function checkPage(browser, folder, more, whole) {
  const statistics = statisticsOf(JSON.parse(readFileSync(resolve(folder, "results.json"), "utf8")).results);
  const page = await browser.openPage(resolve(folder, "report.html"));
  const fail = (what) => failures.push(`${folder}: ${what}`);
  await page.look(1280, "light");
  await more(page, fail);
  await page.evaluate(openAll);
  const figures = await checkFigures(page, statistics, fail);
  for (const what of await page.evaluate(unnamed)) fail(what);
  for (const error of page.errors()) fail(`an error is logged: ${error}`);
  if (!whole) {
    done.push(`${folder}: ${figures} figures`);
    return page.close();
  }
  let charts = 0;
  for (const width of WIDTHS)
    for (const scheme of ["light", "dark"]) {
      await page.look(width, scheme);
      for (const what of await page.evaluate(overflowing)) fail(`${width} pixels, ${scheme}: ${what}`);
      charts = await checkCharts(page, statistics, (what) => fail(`${width} pixels, ${scheme}: ${what}`));
    }
  const bars = await checkTimelineBars(page, statistics, fail);
  await checkZoom(page, fail);
  const sorted = await checkSorting(page, statistics, fail);
  await checkKeyboard(page, fail);
  // The dozens of pages of a real report take their time.
  if (kind === "sample") {
    const pdf = await page.print();
    if (pdf.subarray(0, 5).toString() !== "%PDF-" || pdf.length < 20_000) fail(`its print has ${pdf.length} bytes`);
  }
  for (const error of page.errors()) fail(`an error is logged: ${error}`);
  await page.close();
  done.push(`${folder}: ${figures} figures, ${charts} charts, ${bars} bars of timelines, ${sorted} columns sorted`);
}

const sectionsOf = (page) => page.evaluate(() => [...document.querySelectorAll("main section")].map((one) => one.id).join(" "));

async function sampleOnly(page, fail) {
  const found = await page.evaluate(() => ({ title: document.title, images: document.images.length, body: document.body.innerText,
    measured: document.querySelectorAll('.tier-measured[title^="measured: wall time"]').length, unknown: document.querySelectorAll(".tier-unknown").length,
    banners: document.querySelectorAll(".banner").length }));
  const sections = await sectionsOf(page);
  const expected = "headline ladder operators energy cycles timeline roofline machines comparison counts configuration constants";
  if (sections !== expected) fail(`sections are "${sections}"`);
  if (found.title !== "ternsim results") fail("the hostile text changed the title");
  if (found.images !== 0) fail("an element of the hostile text came alive");
  if (!found.body.includes("<img src=x onerror=")) fail("the hostile text is not shown as text");
  if (!found.body.includes("As published: one FP16 multiply and add over one INT8 add")) fail("the published ratio is not labelled as such");
  if (found.measured === 0) fail("no wall time says that it is measured");
  if (found.unknown !== 0) fail("a tier is unknown to the page");
  if (found.banners !== 0) fail("a banner on a page without a fault");
}

// A tree that lacks most nodes gives a page that lacks their sections; a node unknown to the page is shown all the same.
async function smallOnly(page, fail) {
  const sections = await sectionsOf(page);
  if (sections !== "headline machines node-1") fail(`sections are "${sections}"`);
  const text = await page.evaluate(() => document.getElementById("node-1").innerText);
  if (!text.includes("Calibration") || !text.includes(" fJ")) fail("the unknown node is not shown");
}

// Whoever reads no further than the first screen learns that the engines disagree, and where.
async function faultOnly(page, fail) {
  const banner = await page.evaluate(() => {
    const node = document.querySelector(".banner");
    return node && { text: node.textContent, role: node.getAttribute("role"), bottom: node.getBoundingClientRect().bottom };
  });
  if (!banner) return fail("there is no banner");
  if (banner.role !== "alert" || banner.bottom > 400) fail("the banner is not at the top, or no alert");
  if (!banner.text.includes("NOT identical: cpu and rtl differ first")) fail(`the banner says "${banner.text}"`);
}

// What the numbers were made from and by is all there.
async function realOnly(page, fail) {
  const text = await page.evaluate(() => document.getElementById("configuration").textContent);
  for (const what of ["Command line", "Commit", "Build", "SystemC 2.3", "Verilator", "Model hash", "Technology hash", "Accelerator hash", "Seed", "Finished"])
    if (!text.includes(what)) fail(`the provenance lacks "${what}"`);
}

mkdirSync(directory, { recursive: true });
const pages = [];
if (kind === "sample") {
  execFileSync(program, [directory], { stdio: ["ignore", "ignore", "inherit"] });
  pages.push([directory, sampleOnly, true], [resolve(directory, "small"), smallOnly, true]);
} else {
  // The page of a fault is that of the embedded model but for its top.
  const runs = [["embedded", [], realOnly, 0], ["fault", ["--inject-fault", "rtl:2"], faultOnly, 4],
    ["decode-2b4t", ["--model", "bitnet-b158-2b4t", "--workload", "decode-512"], realOnly, 0]];
  for (const [name, options, more, code] of runs) {
    const folder = resolve(directory, name);
    const ran = spawnSync(program, ["report", "-o", folder, ...options], { encoding: "utf8" });
    if (ran.status !== code) failures.push(`ternsim report ${options.join(" ")}: ended with ${ran.status}: ${ran.stderr}`);
    else pages.push([folder, more, code === 0]);
  }
}
const browser = await openBrowser(chromium, resolve(directory, "profile"));
for (const [folder, more, whole] of pages) await checkPage(browser, folder, more, whole).catch((error) => failures.push(`${folder}: ${error.stack}`));
await browser.close();

console.log(done.join("\n"));
if (failures.length) {
  console.error(failures.slice(0, 60).map((one) => `reports page: ${one}`).join("\n"));
  process.exit(1);
}
process.exit(0);
