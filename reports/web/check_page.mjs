// Draws the sample page in headless Chromium and looks at the finished document:
//   node check_page.mjs CHROMIUM SAMPLE_PAGE_PROGRAM DIRECTORY
// Checks that the scripts ran to their end, every section stands in the page with its charts drawn, and the hostile
// text of the sample tree stayed text.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [chromium, samplePage, directory] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
execFileSync(samplePage, [directory], { stdio: ["ignore", "ignore", "inherit"] });

// The document after the scripts ran, and the part that they built: what stands in front of the embedded JSON.
function draw(...path) {
  const dom = execFileSync(chromium, ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000",
    `--user-data-dir=${resolve(directory, "profile")}`, "--dump-dom", pathToFileURL(resolve(directory, ...path)).href],
    { encoding: "utf8", maxBuffer: 64 << 20, stdio: ["ignore", "pipe", "ignore"] });
  return { dom, built: dom.slice(0, dom.indexOf('<script type="application/json"')) };
}
const { dom, built } = draw("report.html");
const count = (pattern) => (built.match(pattern) ?? []).length;
const sections = ["headline", "ladder", "operators", "energy", "cycles", "machines", "comparison", "counts", "configuration", "constants"];

const failures = [];
const expect = (condition, what) => { if (!condition) failures.push(what); };
expect(/<html[^>]*data-ready="true"/.test(dom), "the scripts did not run to their end");
for (const id of sections) expect(built.includes(`<section id="${id}"`), `section ${id} is missing`);
expect(count(/class="chart"/g) === 11, `11 charts expected, found ${count(/class="chart"/g)}`);
expect(count(/<svg /g) === 11, `11 drawn charts expected, found ${count(/<svg /g)}`);
expect(count(/<caption/g) === count(/<table/g), "a table has no caption");
expect(built.includes("71.4×") && built.includes("52.9×"), "the energy ratios are missing");
expect(built.includes("As published: one FP16 multiply and add over one INT8 add"), "the published ratio is not labelled as such");
expect(/<span class="tier mark tier-measured" title="measured: wall time/.test(built), "a wall time does not say that it is measured");
expect(!built.includes("tier-unknown"), "a tier is unknown to the page");
expect(count(/<img/g) === 0, "an element of the hostile text came alive");
expect(built.includes("<title>ternsim results</title>"), "the hostile text changed the title");
expect(built.includes("&lt;img src=x onerror="), "the hostile text is not shown as text");

// A tree that lacks most nodes gives a page that lacks their sections; a node unknown to the page is shown all the same.
const small = draw("small", "report.html");
expect(/<html[^>]*data-ready="true"/.test(small.dom), "small tree: the scripts did not run to their end");
const found = [...small.built.matchAll(/<section id="([^"]+)"/g)].map((match) => match[1]).join(" ");
expect(found === "headline machines node-1", `small tree: sections are "${found}"`);
expect(small.built.includes(">Calibration<") && small.built.includes(" fJ"), "small tree: the unknown node is not shown");

if (failures.length) {
  console.error(failures.map((one) => `reports page: ${one}`).join("\n"));
  process.exit(1);
}
console.log(`reports page: ${sections.length} sections, ${count(/<svg /g)} charts, ${count(/<table/g)} tables, hostile text inert`);
