#!/usr/bin/python3
"""Figures of an exported GGUF model: bits per byte, zeros of weights and activations, sample stories.

The model is read back from the file and run in float32 by the reference definition: per-token absmax int8 activations,
integer products (exact in float32: |sum| <= 128 K < 2^24), y = (sum / s) * scale. Reductions are PyTorch's, so that logits
agree with the reference to rounding, not to the bit.

Convention of the evaluation: per story the sequence BOS + tokens + EOS; every token after BOS is scored, EOS included.
A sequence longer than the context is scored in windows of that length that advance by half of it, positions restarting at
0; the first window scores all its tokens, a later one only those that no earlier one scored. Result: all bits over all
UTF-8 bytes of the stories (stripped).
"""
import argparse
import json
import math
import os
import sys

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import torch                                                 # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gguf                                                  # noqa: E402
from model import Config, quantise_rows, rope_tables         # noqa: E402
from tokenizer import Tokenizer, read_stories                # noqa: E402

KINDS = {"attn_q": "qkv", "attn_k": "qkv", "attn_v": "qkv", "attn_output": "o", "ffn_gate": "gate_up", "ffn_up": "gate_up",
         "ffn_down": "down"}


def windows(n, context):
    """Windows for a sequence of n tokens: (start, first scored token, end) triples."""
    out, scored, start = [], 1, 0
    while scored < n:
        end = min(start + context, n)
        out.append((start, scored, end))
        scored, start = end, start + context // 2
    return out


class FileModel:
    """A model from a GGUF file; forward pass in float32."""

    def __init__(self, path):
        meta, tensors = gguf.read(path)
        try:
            get = {k.split(".", 2)[2] if k.startswith(gguf.ARCH) else k: v for k, v in meta.items()}
            self.cfg = Config(get["vocab_size"], get["embedding_length"], get["block_count"], get["attention.head_count"],
                              get["attention.head_count_kv"], get["feed_forward_length"], get["context_length"],
                              get["attention.layer_norm_rms_epsilon"], get["rope.freq_base"],
                              get["ternsim.weight_scheme"], get["ternsim.ffn_activation"])
            self.tok = Tokenizer.from_gguf_merges(get["tokenizer.ggml.merges"])
        except KeyError as exc:
            raise gguf.GgufError(f"'{path}' lacks the metadata {exc}: export it with train.py --export") from exc
        self.tensors = {n: (torch.from_numpy(a.astype("float32")), s) for n, (a, s) in tensors.items()}
        self.rope = rope_tables(self.cfg, self.cfg.context)
        self.zeros = {}                     # (layer, kind) -> [zeros, values] of quantised activations

    def norm(self, x, name):
        """RMSNorm with gain. x [T, K] -> [T, K]."""
        r = 1.0 / (x.square().mean(1, keepdim=True) + self.cfg.eps).sqrt()
        return (x * r) * self.tensors[f"{name}.weight"][0]

    def linears(self, x, layer, names):
        """Linears that share the input x [T, K] -> list of [T, out]."""
        weights = [self.tensors[f"blk.{layer}.{n}.weight"] for n in names]
        if weights[0][1] is None:           # the unquantised twin
            return [x @ w.t() for w, _ in weights]
        q, s = quantise_rows(x)
        count = self.zeros.setdefault((layer, KINDS[names[0]]), [0, 0])
        count[0] += int((q == 0).sum())
        count[1] += q.numel()
        return [((q @ w.t()) / s) * scale for w, scale in weights]

    @torch.no_grad()
    def logits(self, ids):
        """ids: list of T <= context token ids -> [T, V] float32."""
        cfg, T = self.cfg, len(ids)
        cos, sin = (t[:T] for t in self.rope)
        mask = torch.full((T, T), -math.inf).triu_(1)

        def rotate(x):                      # [T, n, d]
            a, b = x.chunk(2, -1)
            return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

        embd = self.tensors["token_embd.weight"][0]
        x = embd[torch.tensor(ids)]
        for i in range(cfg.layers):
            q, k, v = self.linears(self.norm(x, f"blk.{i}.attn_norm"), i, ("attn_q", "attn_k", "attn_v"))
            q, k = rotate(q.view(T, cfg.heads, -1)), rotate(k.view(T, cfg.kv_heads, -1))
            v = v.view(T, cfg.kv_heads, -1)
            k, v = (t.repeat_interleave(cfg.heads // cfg.kv_heads, 1).transpose(0, 1) for t in (k, v))
            p = ((q.transpose(0, 1) @ k.transpose(1, 2)) * (1 / math.sqrt(cfg.head_dim)) + mask).softmax(-1)
            a = (p @ v).transpose(0, 1).reshape(T, -1)
            x = x + self.linears(self.norm(a, f"blk.{i}.attn_sub_norm"), i, ("attn_output",))[0]
            g, u = self.linears(self.norm(x, f"blk.{i}.ffn_norm"), i, ("ffn_gate", "ffn_up"))
            h = g.relu().square() * u if cfg.activation == "relu2" else (g / (1 + (-g).exp())) * u
            x = x + self.linears(self.norm(h, f"blk.{i}.ffn_sub_norm"), i, ("ffn_down",))[0]
        return self.norm(x, "output_norm") @ embd.t()

    def story_bits(self, ids):
        """Bits of ids[1:] (ids = BOS + tokens + EOS) by the convention above."""
        total = 0.0
        for start, first, end in windows(len(ids), self.cfg.context):
            logp = self.logits(ids[start:end - 1]).double().log_softmax(-1)
            t = torch.arange(first, end)
            total -= logp[t - 1 - start, torch.tensor(ids[first:end])].sum().item()
        return total / math.log(2)


def bits_per_byte(model, stories):
    """-> dict with bits per byte, bits per token, counts of stories, bytes and scored tokens."""
    bits = n_bytes = n_tokens = 0
    for s in stories:
        ids = [model.tok.bos, *model.tok.encode(s), model.tok.eos]
        bits += model.story_bits(ids)
        n_bytes += len(s.encode("utf-8"))
        n_tokens += len(ids) - 1
    return {"bits_per_byte": bits / n_bytes, "bits_per_token": bits / n_tokens, "stories": len(stories), "bytes": n_bytes,
            "tokens": n_tokens}


def weight_zeros(model):
    """-> list per layer of {tensor: share of zero codes}, with the layer's share under "all"."""
    out = []
    for i in range(model.cfg.layers):
        row, zeros, total = {}, 0, 0
        for n, _, _ in model.cfg.linears():
            w = model.tensors[f"blk.{i}.{n}.weight"][0]
            row[n] = round(float((w == 0).float().mean()), 4)
            zeros, total = zeros + int((w == 0).sum()), total + w.numel()
        out.append({**row, "all": round(zeros / total, 4)})
    return out


def activation_zeros(model):
    """Shares of zero int8 activations met so far: {"kinds": {kind: share}, "layers": [{kind: share}]}."""
    order = ("qkv", "o", "gate_up", "down")
    if not model.zeros:
        return {}
    kinds = {k: [sum(model.zeros[i, k][j] for i in range(model.cfg.layers)) for j in (0, 1)] for k in order}
    return {"kinds": {k: round(z / n, 4) for k, (z, n) in kinds.items()},
            "layers": [{k: round(model.zeros[i, k][0] / model.zeros[i, k][1], 4) for k in order}
                       for i in range(model.cfg.layers)]}


def sample(model, prompt, temperature=0.7, seed=1, limit=300):
    """One story: prompt and continuation up to EOS, the context length or `limit` tokens."""
    gen = torch.Generator().manual_seed(seed)
    ids = [model.tok.bos, *model.tok.encode(prompt)]
    while len(ids) < min(model.cfg.context, limit):
        p = (model.logits(ids)[-1] / temperature).softmax(-1)
        p[model.tok.bos] = 0.0
        nxt = int(torch.multinomial(p, 1, generator=gen))
        if nxt == model.tok.eos:
            break
        ids.append(nxt)
    return model.tok.decode(ids)


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                epilog="example: /usr/bin/python3 evaluate.py tinyllm.gguf --corpus heldout.txt "
                                       "--sample 'Once upon a time'")
    p.add_argument("model", help="GGUF file written by train.py --export")
    p.add_argument("--corpus", help="stories to score")
    p.add_argument("--stories", type=int, help="only the first N stories")
    p.add_argument("--sample", metavar="PROMPT", help="write a story that begins so")
    p.add_argument("--temperature", type=float, default=0.7)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args(argv)
    torch.set_num_threads(1)
    try:
        model = FileModel(a.model)
    except gguf.GgufError as exc:
        raise SystemExit(str(exc)) from exc
    if a.corpus:
        result = bits_per_byte(model, read_stories(a.corpus)[:a.stories])
        result["activation_zeros"] = activation_zeros(model)
        print(json.dumps(result, indent=1))
    if a.sample is not None:
        print(sample(model, a.sample, a.temperature, a.seed))


if __name__ == "__main__":
    main()
