#!/usr/bin/python3
"""Measures an exported model and its FP32 twin, and writes the model card.

`measure` reads the runs of train.py and the exported files, evaluates them (evaluate.py) and writes a record in JSON;
`render` turns that record into the card, without corpora or checkpoints, so that every figure on the card stands in the record.
"""
import argparse
import hashlib
import json
import os
import platform
import sys
import time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

EXAMPLES = """examples:
  /usr/bin/python3 card.py measure --qat run --twin twin --model ../assets/tinyllm-b158.gguf --twin-model twin-f16.gguf \\
      --train tinystories_train.txt --heldout tinystories_heldout.txt --slice ../assets/heldout_slice.txt \\
      --record ../assets/training_record.json
  /usr/bin/python3 card.py render --record ../assets/training_record.json --card ../assets/MODEL_CARD.md
"""
PROMPTS = ("Once upon a time", "One day, a little girl named Lily", "Tom had a small dog", "There was a little bird who",
           "Mia loved to play in the park", "Ben found a red ball", "It was a rainy day", "The old man lived",
           "Sara wanted to help her mom", "Deep in the forest, a big bear")
TEMPERATURE = 0.7
KINDS = (("qkv", "q, k, v"), ("o", "o"), ("gate_up", "gate, up"), ("down", "down"))


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def read_json(path):
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    except OSError as exc:
        raise SystemExit(f"cannot read '{path}' ({exc.strerror}): give the folder of a run of train.py, or the record that "
                         "'card.py measure' wrote") from exc


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            lines = f.read().splitlines()
    except OSError:
        return platform.machine()
    name = next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), platform.machine())
    flags = next((x for x in lines if x.startswith("flags")), "")
    return name + (" (AMX bfloat16)" if "amx_bf16" in flags else "")


def run_part(folder):
    """What the record keeps of a training run."""
    r = read_json(os.path.join(folder, "record.json"))
    total = int(r["arguments"]["tokens"] // r["arguments"]["batch"])
    return {"finished": r["step"] == total, "steps": r["step"], "tokens_seen": r["tokens_seen"],
            "train_tokens": r["train_tokens"], "epochs": round(r["tokens_seen"] / r["train_tokens"], 2),
            "wall_minutes": round(r["seconds"] / 60, 1), "tokens_per_second": round(r["tokens_seen"] / r["seconds"]),
            "config": r["config"], "arguments": r["arguments"], "curve": r["curve"]}


def without_copies(heldout, train, n=80):
    """The held-out stories that share no run of n characters with a training text."""
    runs = {s[i:i + n] for s in heldout for i in range(len(s) - n + 1)}
    copied = {s[i:i + n] for s in train for i in range(len(s) - n + 1) if s[i:i + n] in runs}
    return [s for s in heldout if not any(s[i:i + n] in copied for i in range(len(s) - n + 1))]


def measure(a):
    import torch
    import evaluate
    import gguf
    from tokenizer import read_stories
    torch.set_num_threads(1)
    heldout, part = read_stories(a.heldout), read_stories(a.slice)
    record = {"model": os.path.basename(a.model), "name": gguf.read(a.model)[0]["general.name"],
              "model_bytes": os.path.getsize(a.model), "model_sha256": sha256(a.model),
              "corpus": {"train_sha256": sha256(a.train), "heldout_sha256": sha256(a.heldout), "slice_sha256": sha256(a.slice)},
              "machine": {"processor": processor(), "threads": 1, "torch": torch.__version__,
                          "python": platform.python_version()},
              "qat": run_part(a.qat)}
    model = evaluate.FileModel(a.model)
    print("scoring the held-out stories", flush=True)
    start = time.time()
    record["qat"]["heldout"] = evaluate.bits_per_byte(model, heldout)
    record["evaluation_seconds"] = round(time.time() - start, 1)
    record["activation_zeros"] = evaluate.activation_zeros(model)
    record["qat"]["slice"] = evaluate.bits_per_byte(model, part)
    longest = record["qat"]["arguments"]["longest"]
    fresh = without_copies(heldout, [s for s in read_stories(a.train) if len(s) <= longest])
    record["qat"]["heldout_without_copies"] = evaluate.bits_per_byte(model, fresh)
    record["weight_zeros"] = evaluate.weight_zeros(model)
    linears = [t for t in model.tensors.values() if t[1] is not None]
    record["ternary_weights"] = sum(t[0].numel() for t in linears)
    record["parameters"] = sum(t[0].numel() for t in model.tensors.values())
    record["weight_zeros_all"] = round(sum(int((t[0] == 0).sum()) for t in linears) / record["ternary_weights"], 4)
    if a.twin:
        print("scoring the FP32 twin", flush=True)
        twin = evaluate.FileModel(a.twin_model)
        record["twin"] = {**run_part(a.twin), "heldout": evaluate.bits_per_byte(twin, heldout),
                          "slice": evaluate.bits_per_byte(twin, part),
                          "heldout_without_copies": evaluate.bits_per_byte(twin, fresh)}
    print("writing sample stories", flush=True)
    record["samples"] = {"temperature": TEMPERATURE, "stories": [
        {"seed": i, "prompt": p, "text": evaluate.sample(model, p, TEMPERATURE, i)} for i, p in enumerate(PROMPTS, 1)]}
    with open(a.record, "w", encoding="utf-8") as f:
        json.dump(record, f, indent=1, ensure_ascii=False)
        f.write("\n")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]


def percent(x):
    return f"{100 * x:.1f} %"


def command(arguments, corpus, out):
    """The train.py command line that gives these arguments."""
    import train
    defaults = vars(train.parse(["--out", "x", "--corpus", "x"]))
    changed = [f"--{k.replace('_', '-')} {v:g}" if isinstance(v, float) else f"--{k.replace('_', '-')} {v}"
               for k, v in arguments.items() if k in defaults and v != defaults[k] and k != "name"]
    return " ".join(["/usr/bin/python3 training/train.py", f"--corpus {corpus}", f"--out {out}", *changed])


def curve_rows(record):
    """About a dozen points of both validation curves."""
    points = record["qat"]["curve"]
    twin = {c["step"]: c["valid_bits_per_byte"] for c in record.get("twin", {}).get("curve", [])}
    keep = {round(i * (len(points) - 1) / 11) for i in range(12)}
    return [(c["step"], f"{c['tokens'] / 1e6:.1f} M", c.get("valid_window", record["qat"]["config"]["context"]),
             f"{c['valid_bits_per_byte']:.3f}", f"{twin[c['step']]:.3f}" if c["step"] in twin else "")
            for i, c in enumerate(points) if i in keep]


def render(record):
    """Record -> text of the card."""
    q, t = record["qat"], record.get("twin")
    cfg, args = q["config"], q["arguments"]
    half = f"{args['decay']:g} in the first half, 0 in the second"
    out = [
        f"# Model card: {record['model']}", "",
        "<!-- generated by training/card.py from training_record.json; edit those, not this file -->",
        "*Generated by `training/card.py` from `training_record.json`.*", "",
        "A small BitNet b1.58 language model, trained natively with ternary weights and int8 activations. It writes short stories "
        "in simple English and exists to give the simulator real weights, real activations and a real quality figure; it is no "
        "assistant.", "", "## Architecture", ""]
    ffn = {"relu2": "squared ReLU, gated", "swiglu": "SwiGLU"}[cfg["activation"]]
    out += table(("property", "value"), [
        ("family", "BitNet b1.58 2B4T (arXiv 2504.12285) in small"),
        ("parameters", f"{record['parameters']:,}, of them {record['ternary_weights']:,} ternary"),
        ("layers, width, FFN width", f"{cfg['layers']}, {cfg['dim']}, {cfg['ffn']} ({ffn})"),
        ("heads, key/value heads, head size", f"{cfg['heads']}, {cfg['kv_heads']}, {cfg['dim'] // cfg['heads']}"),
        ("context", f"{cfg['context']} tokens"),
        ("position", f"RoPE on halves (NEOX), theta {cfg['theta']:g}"),
        ("norms", f"RMSNorm, eps {cfg['eps']:g}, with sub-norms in front of the output and down projections"),
        ("weights", "absmean ternary, one float32 scale per tensor, I2_S in the file" if cfg["weights"] == "b158" else
         "sign of W - mean W, scale mean abs W, I2_S in the file"),
        ("activations", "int8, absmax per token, round half to even"),
        ("embedding", "float16, tied with the output layer"),
        ("tokenizer", f"byte-level BPE, {cfg['vocab']} pieces, LLaMA-3 pre-tokenizer, learned on the training text"),
        ("file", f"GGUF v3, arch `bitnet-b1.58`, {record['model_bytes']:,} bytes, SHA-256 `{record['model_sha256']}`")])
    out += ["", "## Quality", "", "Bits per byte on held-out stories (lower is better), from the exported file:", ""]

    def quality(name, r):
        note = "" if r["finished"] else f" (cut off after {r['steps']} steps)"
        return (name + note, f"**{r['heldout']['bits_per_byte']:.4f}**", f"{r['heldout_without_copies']['bits_per_byte']:.4f}",
                f"{r['slice']['bits_per_byte']:.4f}",
                f"{2 ** r['heldout']['bits_per_token']:.2f}", f"{r['tokens_seen'] / 1e6:.1f} M")
    rows = [quality("this model (b1.58, int8 activations)", q)]
    if t:
        rows.append(quality("FP32 twin (no quantisation)", t))
    out += table(("model", "whole held-out file", "without copies", "`heldout_slice.txt`",
                  "perplexity per token, whole file", "tokens seen"), rows)
    h, s = q["heldout"], q["slice"]
    out += ["", f"Whole file: {h['stories']} stories, {h['bytes']:,} bytes, {h['tokens']:,} scored tokens (SHA-256 "
            f"`{record['corpus']['heldout_sha256']}`). Slice: {s['stories']} stories, {s['bytes']:,} bytes, {s['tokens']:,} tokens.",
            f"Without copies: the {q['heldout_without_copies']['stories']} stories of the whole file that share no run of 80 "
            "characters with the training text (the sample was split after removing whole duplicates only).",
            "", "Convention: for every story (stripped) the sequence BOS + tokens + EOS; every token after BOS is scored, EOS "
            "included; the bits of all stories are summed and divided by the UTF-8 bytes of all stories. A sequence longer than the "
            f"context ({cfg['context']}) is scored in windows of {cfg['context']} tokens that advance by {cfg['context'] // 2}; the "
            "first window scores all its tokens, a later one only its new ones, and positions restart at 0 in each window. The "
            "figures are PyTorch's, in float32 with integer products; a bit-exact engine agrees to rounding."]
    if t:
        out += ["", "The twin has the same architecture, tokenizer, data order, seed, schedule and learning rate, with the "
                "quantisers left out; its master weights are float32, its products take bfloat16 operands in training, and its "
                "linears are float16 in its file (not shipped). Its learning rate was not tuned on its own."]
        low = min(t["curve"], key=lambda c: c["valid_bits_per_byte"])
        last = t["curve"][-1]
        if last["valid_bits_per_byte"] > low["valid_bits_per_byte"] + 0.005:
            out += ["", f"Read the twin's figure with care: its validation was lowest at step {low['step']:,} "
                    f"({low['valid_bits_per_byte']:.3f}) and rose to {last['valid_bits_per_byte']:.3f} by the end, so in "
                    f"{t['epochs']:g} epochs of a small corpus it overfits, while the quantised model does not. That the twin "
                    "ends behind says nothing about FP32 at equal care; about "
                    f"{low['valid_bits_per_byte']:.2f} is what this schedule reaches with early stopping."]
    out += ["", "Validation during training, bits per byte (last 2 % of the *training* file; windows without overlap, which cut "
            "stories in two, so pessimistic; a window longer than the sequences trained so far adds to that):", ""]
    columns = ("step", "tokens", "window", "this model") + (("FP32 twin",) if t else ())
    out += table(columns, [row[:len(columns)] for row in curve_rows(record)])
    out += ["", "## Sparsity", "", f"Zero weights: {percent(record['weight_zeros_all'])} of all ternary weights.", ""]
    names = list(record["weight_zeros"][0])
    out += table(["layer", *(f"{n.replace('attn_', '').replace('ffn_', '')}" for n in names)],
                 [[i, *(percent(row[n]) for n in names)] for i, row in enumerate(record["weight_zeros"])])
    if record["activation_zeros"]:
        z = record["activation_zeros"]
        out += ["", "Zero int8 activations in front of each kind of linear, over the whole held-out file:", ""]
        out += table(["layer", *(label for _, label in KINDS)],
                     [[i, *(percent(row[k]) for k, _ in KINDS)] for i, row in enumerate(z["layers"])]
                     + [["all", *(percent(z["kinds"][k]) for k, _ in KINDS)]])
    m = record["machine"]
    out += ["", "## Training", ""]
    out += table(("item", "value"), [
        ("data", "a sample of TinyStories (Eldan and Li, arXiv 2305.07759), 8.2 MB; quotes and white space normalised, duplicates "
         f"removed; texts of more than {args['longest']:,} characters left out (one: a stray novel); SHA-256 "
         f"`{record['corpus']['train_sha256']}`"),
        ("tokens seen", f"{q['tokens_seen']:,} = {q['epochs']} epochs of {q['train_tokens']:,}"),
        ("steps", f"{q['steps']:,} of {args['batch']:,} tokens; sequences of {args['seq']}, in the last "
         f"{percent(args['long_part'])} of {args['context']}"),
        ("optimiser", f"AdamW (0.9, 0.95), peak learning rate {args['lr']:g}, {args['warmup']} steps of warm-up, then linear "
         f"to 0; weight decay {half}; gradient norm clipped at {args['clip']:g}; dropout {args['dropout']:g}"),
        ("quantisation", "straight-through estimators around float32 master weights, from the first step"),
        ("seed", args["seed"]),
        ("machine", f"one core of an {m['processor']} (shared with other work), PyTorch {m['torch']}, "
         f"{q['wall_minutes']:.0f} minutes, {q['tokens_per_second']:,} tokens/s")])
    out += ["", "## Data and licence", "",
            "TinyStories is under the Community Data License Agreement - Sharing - Version 1.0 (CDLA-Sharing-1.0, text beside this "
            "card). It puts no condition on results of computational use, such as these weights, which follow the project's "
            "licence. `heldout_slice.txt` is a part of the data itself: it stays under CDLA-Sharing-1.0, see `NOTICE.md`.", "",
            "## Samples", "", f"Ten stories, none selected: temperature {record['samples']['temperature']}, seeds 1 to 10, at most "
            "300 tokens (a story that reaches that is cut off). The prompt is in bold.", ""]
    for i, sample in enumerate(record["samples"]["stories"], 1):
        rest = sample["text"][len(sample["prompt"]):]
        out += [f"{i}. **{sample['prompt']}**" + "\n   ".join(x.strip() if j else x.rstrip() for j, x in
                                                              enumerate(rest.replace("*", "\\*").split("\n")) if x.strip()), ""]
    out += ["## Limits", "",
            "- It knows a small child's vocabulary and the plots of TinyStories: no facts, no instructions, no other language, no code.",
            "- Characters change names, pronouns and objects between sentences; endings need not follow from beginnings.",
            "- The training stories were themselves written by language models and carry their clichés; the model repeats them, and "
            "common openings may come out nearly word for word.",
            f"- {q['epochs']:.0f} passes over {q['train_tokens'] / 1e6:.1f} M tokens: the figures compare schemes at this size and say "
            "nothing about large models.",
            "- Zero weights and activations are those of this model; large released models differ by layer.", "",
            "## Reproduce", "", "The figures of the slice, zeros by layer and kind of linear, ten stories (its own seeds and "
            "sampling) and the recorded figures of the twin, from the shipped weights on the simulator's bit-exact reference; the "
            "tables by layer and kind above are PyTorch's:", "", "    ternsim evaluate", "",
            "The same for any other text: `ternsim evaluate embedded heldout.txt`. The weights themselves:", "",
            "    apt-get install python3-torch python3-numpy python3-regex libopenblas0-pthread",
            "    " + command(args, "tinystories_train.txt", "run"),
            "    /usr/bin/python3 training/train.py --out run --export tinyllm-b158.gguf --name " + record["name"],
            "    /usr/bin/python3 training/evaluate.py tinyllm-b158.gguf --corpus assets/heldout_slice.txt", "",
            "A run is determined by its arguments and the training file on one kind of processor and one PyTorch build; elsewhere the "
            "order of float32 additions differs and the weights differ with it, the quality hardly. The evaluation of the shipped "
            "file is reproducible anywhere to about three decimals.", ""]
    return "\n".join(out)


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = p.add_subparsers(dest="what", required=True)
    m = sub.add_parser("measure", help="evaluate exported files and write the record")
    for name, text in (("qat", "folder of the quantised run"), ("model", "its exported GGUF"), ("train", "training text"),
                       ("heldout", "held-out text"), ("slice", "slice of the held-out text"), ("record", "JSON to write")):
        m.add_argument(f"--{name}", required=True, help=text)
    m.add_argument("--twin", help="folder of the FP32 twin's run")
    m.add_argument("--twin-model", help="its exported GGUF")
    r = sub.add_parser("render", help="write the card from the record")
    r.add_argument("--record", required=True, help="JSON written by measure")
    r.add_argument("--card", required=True, help="Markdown to write")
    a = p.parse_args(argv)
    if a.what == "measure":
        if bool(a.twin) != bool(a.twin_model):
            p.error("--twin and --twin-model go together: give both or neither")
        measure(a)
        return
    text = render(read_json(a.record))
    with open(a.card, "w", encoding="utf-8") as f:
        f.write(text)


if __name__ == "__main__":
    main()
