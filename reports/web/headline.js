// What is read first: the answer and that it is the same on every engine, speed and energy beside the baselines, and
// what becomes of the published energy ratio.
const Headline = (() => {
  "use strict";
  const { el, figure, section } = Dom;
  const { child, stat, text, title } = Tree;

  function masthead(root) {
    const run = child(root, "run");
    const configuration = child(root, "configuration");
    const facts = [
      ["Model", text(configuration, "model")], ["Accelerator", text(configuration, "accelerator")],
      ["Baseline", text(configuration, "baseline")], ["Workload", text(configuration, "workload")],
      ["Technology", text(configuration, "technology")],
    ].filter(([, value]) => value && !value.includes("\n") && value.length <= 160);
    const stamp = [text(run, "version") && `ternsim ${text(run, "version")}`, text(run, "finished")].filter(Boolean);
    const identical = stat(child(root, "generation"), "identical");
    return [
      identical && !agrees(identical) ? el("p", { class: "banner", role: "alert" }, el("strong", {}, "The engines disagree. "),
        el("span", {}, identical.value), ". Nothing below holds until they agree again: one of reference, simulation and RTL is wrong.") : null,
      el("p", { class: "wordmark" }, el("span", { "aria-hidden": "true" }, "−1 0 +1"), stamp.join(" · ") || "ternsim"),
      el("h1", {}, title(root)),
      facts.length ? el("dl", { class: "run-facts" },
        facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))) : null,
    ];
  }

  const agrees = (identical) => identical.value.startsWith("tokens identical");

  function badge(statistic) {
    if (!statistic) return null;
    const good = agrees(statistic);
    return el("p", { class: `badge ${good ? "good" : "bad"}` },
      el("span", { "aria-hidden": "true" }, good ? "✓" : "✕"), statistic.value);
  }

  // Some runs report the text with its prompt in front; it is shown once.
  const withoutPrompt = (generated, prompt) =>
    prompt && generated.value.startsWith(prompt.value) ? generated.value.slice(prompt.value.length) : generated.value;

  function answer(root) {
    const generation = child(root, "generation");
    if (!generation) return null;
    const engines = generation.children.map((node) => ({ node, heading: title(node) }));
    const prompt = stat(generation, "prompt");
    const generated = stat(generation, "text");
    const tokens = stat(generation, "generated_tokens");
    return el("div", { class: "card answer" },
      el("h3", {}, "Generated text"),
      generated ? el("blockquote", { class: "generated" },
        prompt ? el("span", { class: "prompt" }, prompt.value) : null, withoutPrompt(generated, prompt)) : null,
      el("p", { class: "small" }, prompt ? "The prompt is dimmed; " : null, tokens ? [figure(tokens), " tokens generated"] : null,
        text(generation, "model") ? ` by ${text(generation, "model")}.` : null),
      badge(stat(generation, "identical")),
      engines.length ? Tables.sideBySide({
        caption: "The same generation on every engine", corner: "Figure", nodes: engines, notes: false }) : null);
  }

  // Low, middle and high on one scale for all machines.
  function range(decode, highest) {
    const [low, mid, high] = ["low", "mid", "high"].map((one) => stat(decode, `joules_per_token_${one}`));
    if (!low || !mid || !high || !(highest > 0)) return null;
    const at = (one) => `${(one.value / highest) * 100}%`;
    const bar = el("span", { class: "range-bar" });
    bar.style.left = at(low);
    bar.style.right = `${100 - (high.value / highest) * 100}%`;
    const dot = el("span", { class: "range-mid" });
    dot.style.left = at(mid);
    return el("div", { class: "range" },
      el("div", { class: "range-track", "aria-hidden": "true" }, bar, dot),
      el("p", { class: "small" }, "low ", figure(low, { mark: true }), " · high ", figure(high, { mark: true })));
  }

  function machineCard(machine, highest, first) {
    const decode = child(machine, "decode");
    const prefill = child(machine, "prefill");
    const line = (label, one) => (one ? el("div", { class: "big" }, el("span", { class: "big-label" }, label), figure(one, { alone: true })) : null);
    const rest = [stat(prefill, "tokens_per_second"), stat(prefill, "joules_per_token_mid")].filter(Boolean);
    return el("div", { class: `card machine${first ? " chosen" : ""}` },
      el("h3", {}, title(machine)),
      line("Decode speed", stat(decode, "tokens_per_second")),
      line("Decode energy", stat(decode, "joules_per_token_mid")),
      range(decode, highest),
      rest.length ? el("p", { class: "small prefill" }, "Prefill: ",
        rest.map((one, index) => [index ? " · " : "", figure(one, { mark: true })])) : null);
  }

  function machines(root) {
    const all = child(root, "machines")?.children ?? [];
    if (all.length === 0) return null;
    const highest = Math.max(0, ...all.map((one) => stat(child(one, "decode"), "joules_per_token_high")?.value ?? 0));
    return el("div", { class: "cards" }, all.map((one, index) => machineCard(one, highest, index === 0)));
  }

  // From the published figure to the whole machine: each step counts more of what a token costs.
  const RATIOS = [
    ["paper", "As published: one FP16 multiply and add over one INT8 add", "published_arithmetic_ratio"],
    ["arithmetic", "Simulated, matrix unit only", "matrix_unit_energy_ratio"],
    ["everything", "Simulated, linear layers with SRAM and DRAM", "linear_path_energy_ratio"],
    ["everything", "Simulated, whole machine", "whole_machine_energy_ratio"],
    ["everything", "Whole machine, at equal tokens/s", "whole_machine_energy_ratio_equal_speed"],
  ];

  function ratio(root) {
    const comparison = child(root, "comparison");
    const phase = child(comparison, "decode") ?? child(comparison, "prefill");
    const find = (name) => stat(comparison, name) ?? stat(phase, name);
    const steps = RATIOS.map(([kind, label, name]) => ({ kind, label, one: find(name) }))
      .filter(({ one }) => one);
    if (steps.length === 0) return null;
    const widest = Math.max(...steps.map(({ one }) => one.value));
    return el("div", { class: "card ratio" },
      el("h3", {}, "Energy of the FP16 machine over the ternary machine", phase ? `, ${title(phase).toLowerCase()}` : null),
      el("ol", { class: "ratio-steps" }, steps.map(({ one, label, kind }) => {
        const bar = el("span", { class: `ratio-bar ${kind}`, "aria-hidden": "true" });
        bar.style.width = `${widest > 0 ? (one.value / widest) * 100 : 0}%`;
        return el("li", { class: kind }, el("span", { class: "ratio-label" }, label), figure(one, { suffix: "×" }), bar,
          one.description ? el("small", {}, one.description) : null);
      })));
  }

  function sectionOf(root) {
    const parts = [answer(root), machines(root), ratio(root)].filter(Boolean);
    if (parts.length === 0) return null;
    return section("headline", ["Headline"], null, parts);
  }

  return { masthead, sectionOf };
})();
