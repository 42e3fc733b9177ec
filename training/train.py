#!/usr/bin/python3
"""Quantisation-aware training of a small BitNet b1.58 language model (or its FP32 twin) on one CPU core.

The run is a function of its arguments: tokenizer, split, order of stories and initial weights come from --seed. It can be
cut off and continued with --resume. Learning rate: short warm-up, then linear to zero; weight decay on matrices in the
first half only (BitNet b1.58's two-stage recipe, arXiv 2402.17764 and "The Era of 1-bit LLMs: training tips").
"""
import argparse
import json
import math
import os
import sys
import time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

try:
    import numpy as np
    import torch
except ImportError as exc:
    raise SystemExit(f"{exc}: apt-get install python3-torch python3-numpy python3-regex libopenblas0-pthread, and run "
                     "with the system's interpreter, /usr/bin/python3") from exc

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gguf                                                  # noqa: E402
import model as models                                       # noqa: E402
from tokenizer import Tokenizer, read_stories                # noqa: E402

EXAMPLES = """examples:
  train:      /usr/bin/python3 train.py --corpus tinystories_train.txt --out run --tokens 28e6
  FP32 twin:  /usr/bin/python3 train.py --corpus tinystories_train.txt --out twin --tokens 28e6 --weights fp32
  continue:   the same command with --resume
  export:     /usr/bin/python3 train.py --out run --export tinyllm.gguf
"""


def parse(argv=None):
    p = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--corpus", help="training text, stories separated by lines <|endoftext|>")
    p.add_argument("--out", required=True, help="folder for tokenizer.json, checkpoint.pt and record.json")
    p.add_argument("--resume", action="store_true", help="continue from the checkpoint in --out")
    p.add_argument("--export", metavar="FILE", help="write the checkpoint in --out as GGUF and leave")
    p.add_argument("--name", default="tinyllm", help="general.name of the exported file")
    p.add_argument("--weights", choices=models.SCHEMES, default="b158", help="b158 absmean ternary, v1 sign, fp32 the twin")
    p.add_argument("--ffn", choices=models.ACTIVATIONS, default="relu2", help="activation of the gated FFN")
    p.add_argument("--vocab", type=int, default=1024, help="pieces of the tokenizer (default %(default)s)")
    p.add_argument("--dim", type=int, default=256)
    p.add_argument("--layers", type=int, default=4)
    p.add_argument("--heads", type=int, default=4)
    p.add_argument("--kv-heads", type=int, default=2)
    p.add_argument("--ffn-width", type=int, default=768)
    p.add_argument("--context", type=int, default=512, help="context length, and sequence length of the last part")
    p.add_argument("--seq", type=int, default=256, help="sequence length of the first part (default %(default)s)")
    p.add_argument("--long-part", type=float, default=0.5, help="share of the steps that use --context (default %(default)s)")
    p.add_argument("--batch", type=int, default=2048, help="tokens a step (default %(default)s)")
    p.add_argument("--tokens", type=float, default=28e6, help="token budget (default %(default)g)")
    p.add_argument("--lr", type=float, default=3e-3, help="peak learning rate (default %(default)g)")
    p.add_argument("--warmup", type=int, default=300, help="steps of warm-up (default %(default)s)")
    p.add_argument("--decay", type=float, default=0.1, help="weight decay of matrices, first half (default %(default)s)")
    p.add_argument("--dropout", type=float, default=0.0, help="dropout of the residual branches (default %(default)s)")
    p.add_argument("--clip", type=float, default=1.0, help="largest gradient norm (default %(default)s)")
    p.add_argument("--longest", type=int, default=30000,
                   help="leave out stories of more characters: no stories but strays (default %(default)s)")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--eval-every", type=int, default=500, help="steps between validations (default %(default)s)")
    p.add_argument("--save-minutes", type=float, default=3, help="minutes between checkpoints (default %(default)s)")
    a = p.parse_args(argv)
    if not a.export and not a.corpus:
        p.error("--corpus is missing: give the training text, or --export FILE to write an existing checkpoint")
    if a.dim % 256 or a.ffn_width % 256:
        p.error("--dim and --ffn-width must be multiples of 256 (rows of the ternary formats)")
    if a.dim % a.heads or a.heads % a.kv_heads:
        p.error("--heads must divide --dim, and --kv-heads must divide --heads")
    if a.batch % a.context or a.batch % a.seq:
        p.error(f"--batch {a.batch} must be a multiple of --seq {a.seq} and --context {a.context}")
    return a


class Stream:
    """Endless training tokens: every epoch shuffles the stories and joins BOS + story + EOS; batches follow one another."""

    def __init__(self, stories, seed, epoch=0, cursor=0):
        """stories: list of int64 arrays; epoch and cursor continue an earlier stream."""
        self.stories, self.seed, self.cursor = stories, seed, cursor
        self._start(epoch)

    def _start(self, epoch):
        self.epoch = epoch
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.stories))
        self.data = torch.from_numpy(np.concatenate([self.stories[i] for i in order]))

    def batch(self, tokens, seq):
        """-> inputs and targets, [tokens / seq, seq] each."""
        if self.cursor + tokens + 1 > len(self.data):
            self.cursor = 0
            self._start(self.epoch + 1)
        part = self.data[self.cursor:self.cursor + tokens + 1]
        self.cursor += tokens
        return part[:-1].view(-1, seq), part[1:].view(-1, seq)


def encode_stories(tok, stories):
    return [np.array([tok.bos, *tok.encode(s), tok.eos], dtype=np.int64) for s in stories]


@torch.no_grad()
def validate(model, ids, n_bytes, context):
    """Bits per byte of a token stream cut into windows without overlap, as long as the training's present sequences: a
    pessimistic figure for the curve (longer windows would measure positions that training has not reached yet)."""
    data = torch.from_numpy(np.concatenate(ids))
    context = min(context, len(data) - 1)
    rows = (len(data) - 1) // context
    x, y = data[:rows * context].view(rows, context), data[1:rows * context + 1].view(rows, context)
    total = sum(model.loss(x[i:i + 8], y[i:i + 8], training=False).item() * y[i:i + 8].numel() for i in range(0, rows, 8))
    return total / math.log(2) / n_bytes * (len(data) / (rows * context))


class Adam:
    """AdamW over the model's flat buffer (Loshchilov and Hutter, arXiv 1711.05101); betas as in LLaMA's training."""

    def __init__(self, model, betas=(0.9, 0.95), eps=1e-8):
        self.model, self.betas, self.eps = model, betas, eps
        self.m, self.v, self.t = torch.zeros_like(model.flat), torch.zeros_like(model.flat), 0

    @torch.no_grad()
    def step(self, lr, decay, clip):
        g, p, (b1, b2) = self.model.grad, self.model.flat, self.betas
        norm = torch.linalg.vector_norm(g).item()
        if not math.isfinite(norm):
            raise SystemExit(f"the gradient of step {self.t} is not finite: continue from the last checkpoint with a smaller --lr")
        if norm > clip:
            g.mul_(clip / norm)
        self.t += 1
        self.m.lerp_(g, 1 - b1)
        self.v.mul_(b2).addcmul_(g, g, value=1 - b2)
        if decay:
            p[:self.model.matrix_size].mul_(1 - lr * decay)
        root = self.v.sqrt().mul_(1 / math.sqrt(1 - b2 ** self.t)).add_(self.eps)
        p.addcdiv_(self.m, root, value=-lr / (1 - b1 ** self.t))
        return norm


def save_atomically(path, write):
    write(path + ".new")
    os.replace(path + ".new", path)


def load_checkpoint(out):
    path = os.path.join(out, "checkpoint.pt")
    if not os.path.exists(path):
        raise SystemExit(f"no checkpoint '{path}': give the --out folder of an earlier run, or leave --resume and --export out")
    state = torch.load(path)
    model = models.Model(models.Config(**state["config"]))
    with torch.no_grad():
        model.flat.copy_(state["flat"])
    return state, model


def train(a):
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    os.makedirs(a.out, exist_ok=True)
    everything = read_stories(a.corpus)
    stories = [s for s in everything if len(s) <= a.longest]
    if len(stories) < len(everything):
        print(f"left out {len(everything) - len(stories)} text(s) of more than {a.longest} characters", flush=True)
    held = max(1, len(stories) // 50)
    if len(stories) <= held:
        raise SystemExit(f"'{a.corpus}' holds {len(stories)} story: at least 2 are needed, separated by lines <|endoftext|>")
    tok_path = os.path.join(a.out, "tokenizer.json")
    if a.resume and os.path.exists(tok_path):
        tok = Tokenizer.load(tok_path)
    else:
        tok = Tokenizer.train(stories, a.vocab)
        tok.save(tok_path)
    ids = encode_stories(tok, stories)
    valid_bytes = sum(len(s.encode("utf-8")) for s in stories[-held:])
    n_train = sum(map(len, ids[:-held]))
    steps = int(a.tokens // a.batch)
    cfg = models.Config(tok.size, a.dim, a.layers, a.heads, a.kv_heads, a.ffn_width, a.context, weights=a.weights,
                        activation=a.ffn, dropout=a.dropout)
    state = {"step": 0, "seconds": 0.0, "epoch": 0, "cursor": 0, "curve": []}
    if a.resume:
        state, model = load_checkpoint(a.out)
        model.cfg.dropout = a.dropout
    else:
        model = models.Model(cfg, a.seed)
    adam = Adam(model)
    if a.resume:
        adam.m.copy_(state["m"]), adam.v.copy_(state["v"])
        adam.t = state["step"]
    stream = Stream(ids[:-held], a.seed, state["epoch"], state["cursor"])
    n_ternary = a.layers * sum(o * k for _, o, k in model.cfg.linears())
    print(f"{a.weights} {a.ffn}: {n_ternary} weights in linears, {model.flat.numel()} in all; {n_train} training tokens, "
          f"{steps} steps of {a.batch}, {steps * a.batch / n_train:.1f} epochs", flush=True)
    begin, saved, recent = time.time() - state["seconds"], time.time(), []
    curve = state["curve"]

    def save(step):
        body = {"config": vars(model.cfg), "flat": model.flat, "m": adam.m, "v": adam.v, "step": step,
                "seconds": time.time() - begin, "epoch": stream.epoch, "cursor": stream.cursor, "curve": curve,
                "arguments": {k: v for k, v in vars(a).items() if k not in ("corpus", "out", "resume", "export")},
                "train_tokens": n_train, "tokens_seen": step * a.batch}
        save_atomically(os.path.join(a.out, "checkpoint.pt"), lambda p: torch.save(body, p))
        record = {k: body[k] for k in ("config", "arguments", "step", "seconds", "tokens_seen", "train_tokens", "curve")}
        with open(os.path.join(a.out, "record.json"), "w", encoding="utf-8") as f:
            json.dump(record, f, indent=1)

    for step in range(state["step"], steps):
        part = step / steps
        seq = a.context if part >= 1 - a.long_part else a.seq
        lr = a.lr * min((step + 1) / a.warmup, (steps - step) / max(1, steps - a.warmup))
        x, y = stream.batch(a.batch, seq)
        model.grad.zero_()
        model.prepare()
        loss = model.loss(x, y)
        loss.backward()
        norm = adam.step(lr, a.decay if part < 0.5 else 0.0, a.clip)
        recent.append(loss.item())
        done = step + 1
        if done % 50 == 0 or done == steps:
            spent = time.time() - begin
            eta = spent / done * (steps - done)
            print(f"step {done}/{steps} loss {np.mean(recent[-50:]):.4f} grad {norm:.2f} lr {lr:.2e} "
                  f"{done * a.batch / spent:.0f} tokens/s ETA {eta / 60:.1f} min", flush=True)
        if done % a.eval_every == 0 or done == steps:
            model.prepare()
            bpb = validate(model, ids[-held:], valid_bytes, seq)
            curve.append({"step": done, "tokens": done * a.batch, "seconds": round(time.time() - begin, 1),
                          "train_nats": round(float(np.mean(recent[-a.eval_every:])), 4), "valid_bits_per_byte": round(bpb, 4),
                          "valid_window": seq})
            print(f"validation: {bpb:.4f} bits per byte at step {done}", flush=True)
            recent = recent[-50:]
        if time.time() - saved > 60 * a.save_minutes or done == steps:
            save(done)
            saved = time.time()
    return model, tok, curve


def main(argv=None):
    a = parse(argv)
    if a.export:
        _, model = load_checkpoint(a.out)
        gguf.export(a.export, model, Tokenizer.load(os.path.join(a.out, "tokenizer.json")), a.name)
        print(f"wrote {a.export} ({os.path.getsize(a.export)} bytes)")
        return
    train(a)


if __name__ == "__main__":
    main()
