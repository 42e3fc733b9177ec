"""The files that the documentation's commands name: small ones in their place."""

import json
import random
import shutil
import struct
import subprocess

SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"]
HIDDEN, FFN, HEAD, VOCABULARY = 256, 512, 128, 256 + len(SPECIAL)
LINEARS = [
    ("self_attn.q_proj", HIDDEN, HIDDEN),
    ("self_attn.k_proj", HEAD, HIDDEN),
    ("self_attn.v_proj", HEAD, HIDDEN),
    ("self_attn.o_proj", HIDDEN, HIDDEN),
    ("mlp.gate_proj", FFN, HIDDEN),
    ("mlp.up_proj", FFN, HIDDEN),
    ("mlp.down_proj", HIDDEN, FFN),
]


def bf16(values):
    """Little-endian bfloat16, rounded towards zero."""
    return b"".join(struct.pack("<f", value)[2:] for value in values)


def checkpoint(folder, quantized):
    """A checkpoint of one layer with master weights; `quantized`: its config says that they are to become ternary."""
    folder.mkdir()
    draw = random.Random(1)
    layer = "model.layers.0."
    tensors = [("model.embed_tokens.weight", (VOCABULARY, HIDDEN))]
    tensors += [(name, (HIDDEN,)) for name in ("model.norm.weight", layer + "input_layernorm.weight",
                                               layer + "post_attention_layernorm.weight")]
    tensors += [(layer + "self_attn.attn_sub_norm.weight", (HIDDEN,)), (layer + "mlp.ffn_sub_norm.weight", (FFN,))]
    tensors += [(f"{layer}{name}.weight", (rows, columns)) for name, rows, columns in LINEARS]
    header, data = {}, b""
    for name, shape in tensors:
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        values = bf16([1.0] * count if len(shape) == 1 else [draw.uniform(-1, 1) for _ in range(count)])
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    config = {
        "model_type": "bitnet", "vocab_size": VOCABULARY, "max_position_embeddings": 512, "hidden_size": HIDDEN,
        "num_hidden_layers": 1, "intermediate_size": FFN, "num_attention_heads": 2, "num_key_value_heads": 1,
        "head_dim": HEAD, "rms_norm_eps": 1e-5, "rope_theta": 500000.0, "hidden_act": "relu2",
        "tie_word_embeddings": True, "bos_token_id": 256, "eos_token_id": 257
    }
    if quantized:
        config["quantization_config"] = {"quant_method": "bitnet", "linear_class": "autobitlinear",
                                         "quantization_mode": "online"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer()))


def tokenizer():
    """A byte-level BPE whose tokens are the 256 bytes, in the printable form that such files have, and SPECIAL."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    letters = {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(others)}
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
               r"|\s*[\r\n]+|\s+(?!\S)|\s+")
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    added = [{"id": 256 + i, "content": token, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": True} for i, token in enumerate(SPECIAL)]
    return {
        "version": "1.0", "added_tokens": added, "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, level]},
        "post_processor": None, "decoder": dict(level, add_prefix_space=True, use_regex=True),
        "model": {"type": "BPE", "ignore_merges": True, "byte_fallback": False, "unk_token": None,
                  "vocab": {letters[b]: b for b in range(256)}, "merges": []}
    }


SWEEP = """
name: edge-2b4t
base: {accelerator: edge-lpddr5x, model: bitnet-b158-2b4t, workload: decode-512, technology: published-7nm}
set: {workload.decode_tokens: 1}
axes:
  clock_hz: [0.5e9, 1.0e9]
  dram.channels: [2, 4]
search: {method: grid}
objectives: [tokens_per_second, joules_per_token_mid, area_m2]
"""


def fill(folder, program, source):
    """Puts into `folder` what commands name; `source` is the root of the project."""
    def run(*words):
        subprocess.run([program, *words], cwd=folder, check=True, capture_output=True)

    checkpoint(folder / "bitnet-b1.58-2B-4T", quantized=True)
    checkpoint(folder / "master-weights", quantized=False)
    checkpoint(folder / "v1-master", quantized=False)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer()))
    run("convert", "bitnet-b1.58-2B-4T", "model.gguf")
    for name in ("2b4t.gguf", "arm.gguf"):
        shutil.copy(folder / "model.gguf", folder / name)
    assets = source / "assets"
    text = (assets / "heldout_slice.txt").read_text()[:2000]
    for name in ("text.txt", "heldout.txt"):
        (folder / name).write_text(text)
    (folder / "stories.yaml").write_text("".join(f"{role}: {{prefix: '', suffix: ' '}}\n"
                                                  for role in ("system", "user", "assistant")))
    shutil.copytree(assets, folder / "assets")
    shutil.copytree(source / "configs", folder / "configs")
    shutil.copy(source / "configs/accelerators/edge-lpddr5x.yaml", folder / "my-design.yaml")
    run("report")
    shutil.copytree(folder / "ternsim-report", folder / "old-report")
    (folder / "small.yaml").write_text(SWEEP)
    run("sweep", "small.yaml", "-o", "edge.db")
    for i in (1, 2):
        run("sweep", "small.yaml", "-o", f"edge-{i}.db", "--shard", f"{i}/2")
    (folder / ".config/fish/completions").mkdir(parents=True)
