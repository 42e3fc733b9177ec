"""The 2B4T architecture of BitNet b1.58 in small, with quantisation-aware training that is fast on one CPU core.

Sources: BitNet (arXiv 2310.11453; scheme "v1"), BitNet b1.58 (2402.17764; absmean weights, absmax activations),
BitNet b1.58 2B4T (2504.12285; sub-norms, squared ReLU gated FFN, tied embedding).

Shapes: B sequences of T tokens, M = B*T rows, D embedding, H heads, G kv heads, d head size, F FFN width, V vocabulary.
The forward pass keeps quantised activations and ternary weights as integers in bfloat16 (exact up to 256), multiplies
them with float32 accumulation and applies both scales outside the product. Gradients are straight-through: rounding and
the scales' own dependence on their tensor count as identity. Scheme "fp32" is the unquantised twin: the same code with
the quantisers left out (its products take bfloat16 operands; master weights are float32 in every scheme).
"""
import dataclasses
import math

import torch

SCHEMES = ("b158", "v1", "fp32")
ACTIVATIONS = ("relu2", "swiglu")


@dataclasses.dataclass
class Config:
    """Hyper-parameters of the architecture, see the module's text for the letters."""
    vocab: int = 1024
    dim: int = 256
    layers: int = 4
    heads: int = 4
    kv_heads: int = 2
    ffn: int = 768
    context: int = 512
    eps: float = 1e-5
    theta: float = 10000.0
    weights: str = "b158"
    activation: str = "relu2"
    dropout: float = 0.0

    @property
    def head_dim(self):
        return self.dim // self.heads

    def linears(self):
        """Names and shapes [out, in] of one layer's linears, in storage order."""
        kv = self.kv_heads * self.head_dim
        return [("attn_q", self.dim, self.dim), ("attn_k", kv, self.dim), ("attn_v", kv, self.dim),
                ("attn_output", self.dim, self.dim), ("ffn_gate", self.ffn, self.dim), ("ffn_up", self.ffn, self.dim),
                ("ffn_down", self.dim, self.ffn)]

    def norms(self):
        return [("attn_norm", self.dim), ("attn_sub_norm", self.dim), ("ffn_norm", self.dim), ("ffn_sub_norm", self.ffn)]


def ternarise(w, scheme):
    """Quantise a master weight. w [out, in] float32 -> (codes float32 in {-1, 0, 1}, scale 0-d float32 = mean|W|)."""
    scale = w.abs().mean()
    if scheme == "b158":
        return (w / (scale + 1e-5)).round_().clamp_(-1, 1), scale
    if scheme == "v1":
        return torch.where(w > w.mean(), 1.0, -1.0), scale      # sign(0) = -1
    return w, torch.ones(())


def quantise_rows(x):
    """Per-token absmax int8. x [M, K] -> (q [M, K] float32 of integers, s [M, 1] float32) with x ~ q / s."""
    s = 127.0 / x.abs().amax(1, keepdim=True).clamp_(min=1e-5)
    return (x * s).round_().clamp_(-128, 127), s


class NormLinear(torch.autograd.Function):
    """y_i = quantise(rms_norm(x) * g) @ W_i^T for one or more linears that share their input."""

    @staticmethod
    def forward(ctx, x, gain, codes, scales, widths, eps, quantised, *masters):
        """x [M, K] float32, gain [K], codes [sum(widths), K] bfloat16, scales: a float per linear -> tuple of [M, width]."""
        K = x.shape[1]
        r = torch.linalg.vector_norm(x, dim=1, keepdim=True).square_().div_(K).add_(eps).rsqrt_()
        xg = x * gain
        if quantised:       # the row factor r cancels inside the quantiser and comes back in the row scale
            a = torch.maximum(xg.amax(1, keepdim=True), xg.amin(1, keepdim=True).neg_())
            back = torch.maximum(a * r, torch.tensor(1e-5)).div_(127.0)
            q = xg.mul_(r / back).round_().bfloat16()
        else:
            back = None
            q = xg.mul_(r).bfloat16()
        y = q @ codes.t()
        out = []
        for part, scale in zip(y.split(widths, 1), scales):
            part = part.float()
            out.append(part.mul_(back * scale) if quantised else part)
        ctx.save_for_backward(x, gain, r, q, codes, back)
        ctx.scales, ctx.widths = scales, widths
        return tuple(out)

    @staticmethod
    def backward(ctx, *grads):
        x, gain, r, q, codes, back = ctx.saved_tensors
        if back is None:
            dy = torch.cat([g.bfloat16() for g in grads], 1)
            dw = (dy.t() @ q).float()
        else:
            dy = torch.empty(x.shape[0], codes.shape[0], dtype=torch.bfloat16)
            for part, g, scale in zip(dy.split(ctx.widths, 1), grads, ctx.scales):
                part.copy_(g).mul_(scale)
            dw = (dy.t() @ q.float().mul_(back).bfloat16()).float()
        dws = [part if back is None else part.div_(scale) for part, scale in zip(dw.split(ctx.widths, 0), ctx.scales)]
        d = (dy @ codes).float()                                # gradient of the normalised, scaled input
        p = d * x
        c = torch.mv(p, gain).mul_(r.squeeze(1).pow(3)).div_(-x.shape[1])
        dgain = torch.mv(p.t(), r.squeeze(1))
        dx = d.mul_(gain).mul_(r).addcmul_(x, c.unsqueeze(1))
        return (dx, dgain, None, None, None, None, None, *dws)


class Attention(torch.autograd.Function):
    """Causal grouped-query attention with rotary embedding (halves, "NEOX"), in blocks of queries."""
    BLOCK = 128

    @staticmethod
    def rotate(x, cos, sin, sign):
        """x [B, T, n, d] float32 -> rotated by +angle (sign 1) or -angle (sign -1), same shape."""
        x1, x2 = x.chunk(2, -1)
        out = torch.empty_like(x)
        o1, o2 = out.chunk(2, -1)
        torch.mul(x1, cos, out=o1)
        o1.addcmul_(x2, sin, value=-sign)
        torch.mul(x2, cos, out=o2)
        o2.addcmul_(x1, sin, value=sign)
        return out

    @staticmethod
    def heads_first(x, groups, dtype=torch.bfloat16):
        """[B, T, n, d] -> [B*groups, T*(n/groups), d], row = t * (n/groups) + head inside the group."""
        B, T, n, d = x.shape
        return x.view(B, T, groups, n // groups, d).transpose(1, 2).to(dtype).reshape(B * groups, T * (n // groups), d)

    @staticmethod
    def heads_last(x, B, T, n, groups):
        d = x.shape[2]
        return x.view(B, groups, T, n // groups, d).transpose(1, 2).reshape(B, T, n, d)

    @staticmethod
    def forward(ctx, q, k, v, cos, sin, shape):
        """q [M, H*d], k and v [M, G*d] float32, cos and sin [T, 1, d/2], shape (B, T, H, G) -> [M, H*d] float32."""
        B, T, H, G = shape
        d, n = q.shape[1] // H, H // G
        q = Attention.heads_first(Attention.rotate(q.view(B, T, H, d), cos, sin, 1).mul_(1 / math.sqrt(d)), G)
        k = Attention.heads_first(Attention.rotate(k.view(B, T, G, d), cos, sin, 1), G)
        v = Attention.heads_first(v.view(B, T, G, d), G)
        step = min(Attention.BLOCK, T)
        out, probs = torch.empty_like(q), []
        for a in range(0, T, step):
            b = min(a + step, T)
            s = torch.bmm(q[:, a * n:b * n], k[:, :b].transpose(1, 2))
            mask = torch.ones(b - a, b - a, dtype=torch.bool).triu_(1).repeat_interleave(n, 0)
            s[:, :, a:].masked_fill_(mask, -math.inf)
            p = torch.softmax(s, -1)
            out[:, a * n:b * n] = torch.bmm(p, v[:, :b])
            probs.append(p)
        ctx.save_for_backward(q, k, v, out, cos, sin, *probs)
        ctx.shape, ctx.step = shape, step
        return Attention.heads_last(out, B, T, H, G).view(B * T, H * d).float()

    @staticmethod
    def backward(ctx, grad):
        q, k, v, out, cos, sin, *probs = ctx.saved_tensors
        B, T, H, G = ctx.shape
        d, n = q.shape[2], H // G
        do = Attention.heads_first(grad.view(B, T, H, d), G)
        row = (do.float() * out).sum(-1, keepdim=True).bfloat16()
        dq, dk, dv = torch.empty_like(q), torch.zeros(k.shape), torch.zeros(v.shape)
        for i, p in enumerate(probs):
            a = i * ctx.step
            b = min(a + ctx.step, T)
            part = slice(a * n, b * n)
            dv[:, :b] += torch.bmm(p.transpose(1, 2), do[:, part])
            ds = torch.bmm(do[:, part], v[:, :b].transpose(1, 2)).sub_(row[:, part]).mul_(p)
            dq[:, part] = torch.bmm(ds, k[:, :b])
            dk[:, :b] += torch.bmm(ds.transpose(1, 2), q[:, part])
        dq = Attention.heads_last(dq, B, T, H, G).float().mul_(1 / math.sqrt(d))
        dk = Attention.heads_last(dk, B, T, G, G)
        dv = Attention.heads_last(dv, B, T, G, G)
        dq, dk = (Attention.rotate(x.contiguous(), cos, sin, -1) for x in (dq, dk))
        return dq.view(B * T, H * d), dk.view(B * T, G * d), dv.reshape(B * T, G * d), None, None, None


class GatedActivation(torch.autograd.Function):
    """h = relu(g)^2 * u, or silu(g) * u. All [M, F]."""

    @staticmethod
    def forward(ctx, g, u, kind):
        ctx.kind = kind
        a = torch.relu(g) if kind == "relu2" else torch.sigmoid(g)
        f = a * a if kind == "relu2" else a * g
        ctx.save_for_backward(g, u, a, f)
        return f * u

    @staticmethod
    def backward(ctx, grad):
        g, u, a, f = ctx.saved_tensors
        du = grad * f
        dg = grad * u
        if ctx.kind == "relu2":
            return dg.mul_(a).mul_(2.0), du, None
        return dg.mul_(a + f * (1 - a)), du, None


class CrossEntropy(torch.autograd.Function):
    """Mean negative log-likelihood in nats. logits [M, V] bfloat16, target [M] -> 0-d."""

    @staticmethod
    def forward(ctx, logits, target):
        p = torch.log_softmax(logits.float(), -1)
        loss = -p.gather(1, target.unsqueeze(1)).mean()
        ctx.save_for_backward(p, target)
        return loss

    @staticmethod
    def backward(ctx, grad):
        p, target = ctx.saved_tensors
        M = target.shape[0]
        p = p.exp()
        p[torch.arange(M), target] -= 1
        return p.mul_(grad / M).bfloat16(), None


def rope_tables(cfg, T):
    """cos and sin [T, 1, d/2] float32, angles computed in double."""
    d = cfg.head_dim
    inv = cfg.theta ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    angle = torch.arange(T, dtype=torch.float64).unsqueeze(1) * inv
    return angle.cos().float().unsqueeze(1), angle.sin().float().unsqueeze(1)


class Model:
    """Parameters are views of one flat float32 buffer (matrices first), so that the optimiser runs over a single tensor."""

    def __init__(self, cfg, seed=1):
        self.cfg = cfg
        shapes = {"token_embd": (cfg.vocab, cfg.dim)}
        for i in range(cfg.layers):
            shapes.update({f"blk.{i}.{n}": (o, k) for n, o, k in cfg.linears()})
        self.matrix_size = sum(o * k for o, k in shapes.values())
        for i in range(cfg.layers):
            shapes.update({f"blk.{i}.{n}": (k,) for n, k in cfg.norms()})
        shapes["output_norm"] = (cfg.dim,)
        sizes = [math.prod(s) for s in shapes.values()]
        self.flat = torch.ones(sum(sizes))
        self.grad = torch.zeros_like(self.flat)
        gen = torch.Generator().manual_seed(seed)
        self.params = {}
        for (name, shape), value, grad in zip(shapes.items(), self.flat.split(sizes), self.grad.split(sizes)):
            if len(shape) == 2:
                value.copy_(torch.randn(value.shape, generator=gen) * (0.02 if name == "token_embd" else shape[1] ** -0.5))
            p = value.view(shape).requires_grad_(True)
            p.grad = grad.view(shape)
            self.params[name] = p
        self.codes = {}

    def __getitem__(self, name):
        return self.params[name]

    def prepare(self):
        """Ternarise every linear once per step: fills self.codes[name] = (bfloat16 [out, in] of joined linears, scales)."""
        groups = (("qkv", ("attn_q", "attn_k", "attn_v")), ("o", ("attn_output",)), ("gu", ("ffn_gate", "ffn_up")),
                  ("down", ("ffn_down",)))
        with torch.no_grad():
            for i in range(self.cfg.layers):
                for key, names in groups:
                    done = [ternarise(self[f"blk.{i}.{n}"], self.cfg.weights) for n in names]
                    joined = torch.cat([w.bfloat16() for w, _ in done]) if len(done) > 1 else done[0][0].bfloat16()
                    self.codes[i, key] = (joined, [s.item() for _, s in done], [w.shape[0] for w, _ in done],
                                          [self[f"blk.{i}.{n}"] for n in names])

    def linear(self, x, i, norm, key):
        codes, scales, widths, masters = self.codes[i, key]
        return NormLinear.apply(x, self[f"blk.{i}.{norm}"], codes, scales, widths, self.cfg.eps,
                                self.cfg.weights != "fp32", *masters)

    def loss(self, tokens, target, training=True):
        """tokens and target [B, T] -> mean loss in nats, 0-d. Call prepare() first."""
        cfg = self.cfg
        drop = cfg.dropout if training else 0.0

        def residual(x, branch):
            return x + (torch.nn.functional.dropout(branch, drop) if drop else branch)
        B, T = tokens.shape
        cos, sin = rope_tables(cfg, T)
        x = torch.nn.functional.embedding(tokens.reshape(-1), self["token_embd"])
        for i in range(cfg.layers):
            q, k, v = self.linear(x, i, "attn_norm", "qkv")
            a = Attention.apply(q, k, v, cos, sin, (B, T, cfg.heads, cfg.kv_heads))
            x = residual(x, self.linear(a, i, "attn_sub_norm", "o")[0])
            g, u = self.linear(x, i, "ffn_norm", "gu")
            h = GatedActivation.apply(g, u, cfg.activation)
            x = residual(x, self.linear(h, i, "ffn_sub_norm", "down")[0])
        e = self["token_embd"].detach()
        logits = NormLinear.apply(x, self["output_norm"], e.bfloat16(), [1.0], [cfg.vocab], cfg.eps, False,
                                  self["token_embd"])[0]
        return CrossEntropy.apply(logits, target.reshape(-1))
