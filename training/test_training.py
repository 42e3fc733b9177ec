"""Fast checks of the training code: /usr/bin/python3 -m unittest discover -s training -p 'test_*.py'"""
import math
import os
import sys
import tempfile
import unittest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import numpy as np                                           # noqa: E402
import torch                                                 # noqa: E402

import card                                                  # noqa: E402
import evaluate                                              # noqa: E402
import gguf                                                  # noqa: E402
import model as models                                       # noqa: E402
import train                                                 # noqa: E402
from tokenizer import ALPHABET, SPLIT, Tokenizer, read_stories   # noqa: E402

STORIES = [f"Once upon a time, there was a {a} {b} named {n}. {n} didn't like the rain.\n\"I'll play,\" said {n}."
           for a in ("little", "big", "happy", "sad") for b in ("cat", "dog", "girl", "boy")
           for n in ("Tim", "Lily", "Max", "Mia", "Ben")]
TINY = dict(vocab=300, dim=256, layers=1, heads=4, kv_heads=2, ffn=256, context=64)


def reference_loss(net, tokens, target):
    """The same network written plainly in float32 with autograd and detach-style straight-through estimators."""
    cfg, P, (B, T) = net.cfg, net.params, tokens.shape
    cos, sin = (t[:, 0] for t in models.rope_tables(cfg, T))

    def norm(x, g):
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + cfg.eps) * g

    def linear(x, w):
        if cfg.weights != "fp32":
            q, s = models.quantise_rows(x.detach())
            codes, scale = models.ternarise(w.detach(), cfg.weights)
            x, w = x + (q / s - x).detach(), w + (codes * scale - w).detach()
        return x @ w.t()

    def rope(x):
        a, b = x.chunk(2, -1)
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

    x = P["token_embd"][tokens.reshape(-1)]
    for i in range(cfg.layers):
        p = {n: P[f"blk.{i}.{n}"] for n in [r[0] for r in cfg.linears()] + [r[0] for r in cfg.norms()]}
        h = norm(x, p["attn_norm"])
        q, k, v = (linear(h, p[n]).view(B, T, -1, cfg.head_dim).transpose(1, 2) for n in ("attn_q", "attn_k", "attn_v"))
        k, v = (t.repeat_interleave(cfg.heads // cfg.kv_heads, 1) for t in (rope(k), v))
        s = rope(q) @ k.transpose(-1, -2) / math.sqrt(cfg.head_dim) + torch.full((T, T), -math.inf).triu(1)
        a = (s.softmax(-1) @ v).transpose(1, 2).reshape(B * T, -1)
        x = x + linear(norm(a, p["attn_sub_norm"]), p["attn_output"])
        h = norm(x, p["ffn_norm"])
        g, u = linear(h, p["ffn_gate"]), linear(h, p["ffn_up"])
        h = (g.relu() ** 2 if cfg.activation == "relu2" else torch.nn.functional.silu(g)) * u
        x = x + linear(norm(h, p["ffn_sub_norm"]), p["ffn_down"])
    return torch.nn.functional.cross_entropy(norm(x, P["output_norm"]) @ P["token_embd"].t(), target.reshape(-1))


class TokenizerTest(unittest.TestCase):
    def setUp(self):
        self.tok = Tokenizer.train(STORIES, 330)

    def test_round_trip(self):
        for text in STORIES + ["", " ", "a\n\n b\t", "naïve — 日本 123456 !!", "<|end_of_text|> x", "don't DON'T"]:
            ids = self.tok.encode(text)
            self.assertEqual(self.tok.decode(ids), text)
            self.assertTrue(all(i < self.tok.bos for i in ids))

    def test_layout(self):
        tokens = self.tok.gguf_tokens()
        self.assertEqual(len(tokens), 330)
        self.assertEqual(len(set(tokens)), 330)
        self.assertEqual(tokens[self.tok.bos], "<|begin_of_text|>")
        self.assertEqual(tokens[32], "Ġ")
        self.assertEqual(len(set(ALPHABET)), 256)
        again = Tokenizer.from_gguf_merges(self.tok.gguf_merges())
        self.assertEqual(again.encode(STORIES[0]), self.tok.encode(STORIES[0]))

    def test_deterministic_and_by_count(self):
        self.assertEqual(Tokenizer.train(STORIES, 330).merges, self.tok.merges)
        self.assertEqual(Tokenizer.train(["ab ab ab cd"], 259).merges, [(b"a", b"b")])
        with self.assertRaisesRegex(ValueError, "--vocab"):
            Tokenizer.train(["ab"], 1000)

    def test_pre_tokenizer(self):
        self.assertEqual(SPLIT.findall("I'll see 12345  x!\n"), ["I", "'ll", " see", " ", "123", "45", " ", " x", "!\n"])

    def test_missing_corpus_names_the_fix(self):
        with self.assertRaisesRegex(SystemExit, "endoftext"):
            read_stories("/nonexistent/stories.txt")


class QuantisationTest(unittest.TestCase):
    def test_absmean(self):
        w = torch.tensor([[0.9, -0.2], [0.3, -1.0]])
        codes, scale = models.ternarise(w, "b158")
        self.assertAlmostEqual(scale.item(), 0.6, places=6)
        self.assertEqual(codes.tolist(), [[1, 0], [0, -1]])          # 0.3 / 0.60001 is just below a half

    def test_v1_sign_of_zero(self):
        codes, scale = models.ternarise(torch.tensor([[2.0, 1.0, 0.0, 1.0]]), "v1")
        self.assertEqual(codes.tolist(), [[1, -1, -1, -1]])
        self.assertEqual(scale.item(), 1.0)

    def test_absmax_rows(self):
        x = torch.tensor([[127.0, 0.5, 1.5, -2.5], [0.0, 0.0, 0.0, 0.0]])
        q, s = models.quantise_rows(x)
        self.assertEqual(q.tolist(), [[127, 0, 2, -2], [0, 0, 0, 0]])   # half to even
        self.assertEqual(s[0].item(), 1.0)
        self.assertAlmostEqual(s[1].item() / 12.7e6, 1.0, places=6)

    def test_gradients_are_straight_through(self):
        for weights in models.SCHEMES:
            for ffn in models.ACTIVATIONS:
                net = models.Model(models.Config(**TINY, weights=weights, activation=ffn))
                torch.manual_seed(0)
                with torch.no_grad():
                    net["token_embd"].mul_(20)
                    for p in net.params.values():
                        if p.dim() == 1:
                            p.add_(0.2 * torch.randn_like(p))
                x, y = torch.randint(0, 300, (2, 64)), torch.randint(0, 300, (2, 64))
                net.prepare()
                loss = net.loss(x, y)
                loss.backward()
                fast = net.grad.clone()
                net.grad.zero_()
                plain = reference_loss(net, x, y)
                plain.backward()
                self.assertAlmostEqual(loss.item(), plain.item(), delta=0.02 * plain.item())
                for (name, p), part in zip(net.params.items(), fast.split([p.numel() for p in net.params.values()])):
                    cosine = torch.nn.functional.cosine_similarity(part, p.grad.flatten(), dim=0).item()
                    self.assertGreater(cosine, 0.99, f"{weights} {ffn} {name}")


class GgufTest(unittest.TestCase):
    def test_i2s_layout(self):
        codes = np.zeros(128, np.int8)
        codes[[0, 32, 64, 97]] = [1, -1, 1, -1]
        raw = gguf.pack_i2s(codes, 0.5)
        self.assertEqual(len(raw), 32 + 32)
        self.assertEqual(raw[0], 0b10_00_10_01)
        self.assertEqual(raw[1], 0b01_01_01_00)
        back, scale = gguf.unpack_i2s(raw, 128)
        self.assertEqual(scale, 0.5)
        np.testing.assert_array_equal(back, codes)
        with self.assertRaises(gguf.GgufError):
            gguf.unpack_i2s(b"\xff" * 64, 128)

    def test_model_round_trip(self):
        tok = Tokenizer.train(STORIES, 300)
        for weights in models.SCHEMES:
            net = models.Model(models.Config(**TINY, weights=weights, activation="swiglu"))
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "m.gguf")
                gguf.export(path, net, tok, "test")
                meta, tensors = gguf.read(path)
                self.assertEqual(meta["ternsim.weight_scheme"], weights)
                self.assertEqual(meta["tokenizer.ggml.merges"], tok.gguf_merges())
                self.assertEqual(len(tensors), len(net.params))
                w, scale = tensors["blk.0.ffn_up.weight"]
                codes, want = models.ternarise(net["blk.0.ffn_up"].detach(), weights)
                if weights != "fp32":
                    np.testing.assert_array_equal(w, codes.numpy())
                    self.assertEqual(scale, want.item())
                file_model = evaluate.FileModel(path)
                ids = [tok.bos, *tok.encode(STORIES[0])][:40]
                logp = file_model.logits(ids[:-1]).log_softmax(-1)
                nll = -logp[torch.arange(len(ids) - 1), torch.tensor(ids[1:])].mean().item()
                net.prepare()
                fast = net.loss(torch.tensor([ids[:-1]]), torch.tensor([ids[1:]])).item()
                self.assertAlmostEqual(nll, fast, delta=0.02)
                with open(path, "rb") as f:
                    cut = f.read()[:-1000]
                with open(path, "wb") as f:
                    f.write(cut)
                with self.assertRaisesRegex(gguf.GgufError, "ends inside"):
                    gguf.read(path)

    def test_windows_score_each_token_once(self):
        for n in (2, 63, 64, 65, 96, 97, 200):
            seen = [t for start, first, end in evaluate.windows(n, 64) for t in range(first, end)]
            self.assertEqual(seen, list(range(1, n)))
            self.assertTrue(all(end - start <= 64 for start, _, end in evaluate.windows(n, 64)))


class AssetsTest(unittest.TestCase):
    """The shipped model, its record and its card belong together."""
    FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "assets")

    def setUp(self):
        path = os.path.join(self.FOLDER, "training_record.json")
        if not os.path.exists(path):
            self.skipTest("assets/training_record.json does not exist yet: run card.py measure")
        self.record = card.read_json(path)

    def test_card_is_rendered_from_the_record(self):
        with open(os.path.join(self.FOLDER, "MODEL_CARD.md"), encoding="utf-8") as f:
            self.assertEqual(f.read(), card.render(self.record), "run card.py render")

    def test_record_is_about_the_shipped_files(self):
        self.assertEqual(self.record["model_sha256"], card.sha256(os.path.join(self.FOLDER, self.record["model"])))
        self.assertEqual(self.record["corpus"]["slice_sha256"], card.sha256(os.path.join(self.FOLDER, "heldout_slice.txt")))

    def test_quality_of_the_shipped_model(self):
        model = evaluate.FileModel(os.path.join(self.FOLDER, self.record["model"]))
        got = evaluate.bits_per_byte(model, read_stories(os.path.join(self.FOLDER, "heldout_slice.txt")))
        self.assertAlmostEqual(got["bits_per_byte"], self.record["qat"]["slice"]["bits_per_byte"], delta=0.001)


class TrainingTest(unittest.TestCase):
    def run_training(self, folder, *extra):
        corpus = os.path.join(folder, "corpus.txt")
        with open(corpus, "w", encoding="utf-8") as f:
            f.write("\n<|endoftext|>\n".join(STORIES))
        args = ["--corpus", corpus, "--out", os.path.join(folder, "run"), "--vocab", "330", "--layers", "1", "--ffn-width", "256",
                "--context", "64", "--seq", "64", "--batch", "128", "--warmup", "3", "--eval-every", "10", *extra]
        out, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")
        try:
            return train.train(train.parse(args))
        finally:
            sys.stdout.close()
            sys.stdout = out

    def test_every_combination_learns(self):
        for weights in models.SCHEMES:
            for ffn in models.ACTIVATIONS:
                with self.subTest(weights=weights, ffn=ffn), tempfile.TemporaryDirectory() as folder:
                    _, _, curve = self.run_training(folder, "--weights", weights, "--ffn", ffn, "--tokens", str(20 * 128))
                    self.assertEqual([c["step"] for c in curve], [10, 20])
                    self.assertLess(curve[1]["train_nats"], curve[0]["train_nats"] - 0.3)

    def test_resume_gives_the_same_weights(self):
        with tempfile.TemporaryDirectory() as folder:
            straight, _, _ = self.run_training(folder, "--tokens", str(10 * 128))
        with tempfile.TemporaryDirectory() as folder:
            train_all = train.Stream.batch
            calls = []

            def stop_later(stream, tokens, seq):
                calls.append(1)
                if len(calls) == 7:
                    raise KeyboardInterrupt
                return train_all(stream, tokens, seq)
            train.Stream.batch = stop_later
            try:
                with self.assertRaises(KeyboardInterrupt):
                    self.run_training(folder, "--tokens", str(10 * 128), "--save-minutes", "0")
            finally:
                train.Stream.batch = train_all
            resumed, _, _ = self.run_training(folder, "--tokens", str(10 * 128), "--resume")
        self.assertTrue(torch.equal(straight.flat, resumed.flat))

    def test_wrong_arguments_name_the_fix(self):
        stderr, sys.stderr = sys.stderr, open(os.devnull, "w", encoding="utf-8")
        try:
            for bad in (["--out", "x"], ["--out", "x", "--corpus", "c", "--dim", "100"], ["--out", "x", "--corpus", "c", "--batch", "100"]):
                with self.assertRaises(SystemExit):
                    train.parse(bad)
        finally:
            sys.stderr.close()
            sys.stderr = stderr
        with self.assertRaisesRegex(SystemExit, "--out folder"):
            train.load_checkpoint("/nonexistent")


if __name__ == "__main__":
    unittest.main()
