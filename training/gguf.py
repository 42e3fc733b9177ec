"""Writing and reading GGUF v3 files, as far as this project's small models need it.

Layout (llama.cpp's GGUF specification): magic, version, number of tensors, number of metadata entries; the entries; the
tensor table (name, dimensions with the fastest first, type, offset); the tensors' bytes, each aligned to 32.
Type I2_S (id 36, released BitNet b1.58 2B4T file): n/4 bytes of codes w + 1, in blocks of 128 weights = 32 bytes where
byte p holds weights p, p+32, p+64, p+96 at bits 7:6, 5:4, 3:2, 1:0; then a tail of 32 bytes that starts with the float32 scale.
"""
import os
import struct

import numpy as np

ALIGNMENT = 32
F32, F16, I2_S = 0, 1, 36
U32, I32, FLOAT, BOOL, STRING, ARRAY, U64 = 4, 5, 6, 7, 8, 9, 10
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
ARCH = "bitnet-b1.58"


class GgufError(ValueError):
    """A file that is no GGUF or that uses what this reader lacks; the message says which and what to do."""


# -- I2_S -----------------------------------------------------------------------------------------------------------------
def pack_i2s(codes, scale):
    """codes: integer array of {-1, 0, 1}, any shape, size a multiple of 128; scale: float -> bytes (n/4 + 32)."""
    flat = np.asarray(codes).reshape(-1)
    if flat.size % 128:
        raise GgufError(f"I2_S needs a multiple of 128 weights, got {flat.size}")
    if not np.isin(flat, (-1, 0, 1)).all():
        raise GgufError("I2_S holds only -1, 0 and 1: ternarise the tensor first")
    c = (flat + 1).astype(np.uint8).reshape(-1, 4, 32)
    packed = c[:, 0] << 6 | c[:, 1] << 4 | c[:, 2] << 2 | c[:, 3]
    return packed.tobytes() + struct.pack("<f", scale) + bytes(28)


def unpack_i2s(data, n):
    """Inverse of pack_i2s: (int8 array [n], float scale)."""
    b = np.frombuffer(data, np.uint8, n // 4).reshape(-1, 1, 32)
    c = (b >> np.array([6, 4, 2, 0], np.uint8).reshape(1, 4, 1)) & 3
    if (c == 3).any():
        raise GgufError("I2_S tensor with the illegal code 3: the file is damaged or uses another type under id 36")
    return c.reshape(-1).astype(np.int8) - 1, struct.unpack_from("<f", data, n // 4)[0]


# -- writer ---------------------------------------------------------------------------------------------------------------
def _string(s):
    raw = s.encode("utf-8")
    return struct.pack("<Q", len(raw)) + raw


def _value(kind, value):
    if kind == STRING:
        return _string(value)
    if kind == ARRAY:
        inner, items = value
        return struct.pack("<IQ", inner, len(items)) + b"".join(_value(inner, v) for v in items)
    return struct.pack("<" + _SCALARS[kind], value)


def write(path, metadata, tensors):
    """metadata: list of (key, kind, value), an array's value being (inner kind, list); tensors: list of
    (name, numpy shape [out, in] or [n], type id, bytes)."""
    head = [struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata))]
    for key, kind, value in metadata:
        head.append(_string(key) + struct.pack("<I", kind) + _value(kind, value))
    offset = 0
    for name, shape, type_id, data in tensors:
        head.append(_string(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *reversed(shape))
                    + struct.pack("<IQ", type_id, offset))
        offset += -(-len(data) // ALIGNMENT) * ALIGNMENT
    start = sum(map(len, head))
    head.append(bytes(-start % ALIGNMENT))
    with open(path + ".new", "wb") as f:
        f.write(b"".join(head))
        for _, _, _, data in tensors:
            f.write(data + bytes(-len(data) % ALIGNMENT))
    os.replace(path + ".new", path)


# -- reader ---------------------------------------------------------------------------------------------------------------
class _Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, fmt):
        try:
            got = struct.unpack_from("<" + fmt, self.data, self.at)
        except struct.error as exc:
            raise GgufError(f"the file ends inside its header (at byte {self.at}): copy it again") from exc
        self.at += struct.calcsize("<" + fmt)
        return got[0] if len(got) == 1 else got

    def string(self):
        n = self.take("Q")
        raw = self.data[self.at:self.at + n]
        if len(raw) != n:
            raise GgufError(f"the file ends inside a string (at byte {self.at}): copy it again")
        self.at += n
        return raw.decode("utf-8")

    def value(self, kind):
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            inner, n = self.take("IQ")
            return [self.value(inner) for _ in range(n)]
        if kind not in _SCALARS:
            raise GgufError(f"unknown metadata type {kind} at byte {self.at}")
        return self.take(_SCALARS[kind])


def read(path):
    """-> (metadata dict, tensors dict: name -> (array, scale)); shapes [out, in] or [n], F16 and F32 as float32 with
    scale None, I2_S as int8 codes with its float32 scale."""
    try:
        with open(path, "rb") as f:
            data = f.read()
    except OSError as exc:
        raise GgufError(f"cannot read the model '{path}' ({exc.strerror}): give the path of a GGUF file") from exc
    c = _Cursor(data)
    magic, version, n_tensors, n_meta = c.take("4sIQQ")
    if magic != b"GGUF" or version != 3:
        raise GgufError(f"'{path}' is no GGUF v3 file: export one with train.py --export")
    meta = {}
    for _ in range(n_meta):
        key = c.string()
        meta[key] = c.value(c.take("I"))
    table = []
    for _ in range(n_tensors):
        name, rank = c.string(), c.take("I")
        dims = [c.take("Q") for _ in range(rank)]
        table.append((name, dims[::-1], *c.take("IQ")))
    base = -(-c.at // ALIGNMENT) * ALIGNMENT
    tensors = {}
    for name, shape, type_id, offset in table:
        n = int(np.prod(shape))
        sizes = {F32: 4 * n, F16: 2 * n, I2_S: n // 4 + 32}
        if type_id not in sizes:
            raise GgufError(f"tensor {name} has type {type_id}: only F32, F16 and I2_S are read here")
        raw = data[base + offset:base + offset + sizes[type_id]]
        if len(raw) != sizes[type_id]:
            raise GgufError(f"the file ends inside tensor {name}: copy it again")
        if type_id == I2_S:
            codes, scale = unpack_i2s(raw, n)
            tensors[name] = (codes.reshape(shape), scale)
        else:
            array = np.frombuffer(raw, np.float32 if type_id == F32 else np.float16).astype(np.float32)
            tensors[name] = (array.reshape(shape), None)
    return meta, tensors


# -- a trained model ------------------------------------------------------------------------------------------------------
def metadata(cfg, tok, name):
    """The entries of a model of this project: 24 as in the released 2B4T file's set, and two keys of our own."""
    return [
        ("general.architecture", STRING, ARCH), ("general.name", STRING, name),
        ("general.file_type", U32, 1 if cfg.weights == "fp32" else 40), ("general.quantization_version", U32, 2),
        (f"{ARCH}.vocab_size", U32, cfg.vocab), (f"{ARCH}.context_length", U32, cfg.context),
        (f"{ARCH}.embedding_length", U32, cfg.dim), (f"{ARCH}.block_count", U32, cfg.layers),
        (f"{ARCH}.feed_forward_length", U32, cfg.ffn), (f"{ARCH}.rope.dimension_count", U32, cfg.head_dim),
        (f"{ARCH}.attention.head_count", U32, cfg.heads), (f"{ARCH}.attention.head_count_kv", U32, cfg.kv_heads),
        (f"{ARCH}.attention.layer_norm_rms_epsilon", FLOAT, cfg.eps), (f"{ARCH}.rope.freq_base", FLOAT, cfg.theta),
        ("tokenizer.ggml.model", STRING, "gpt2"), ("tokenizer.ggml.pre", STRING, "llama-bpe"),
        ("tokenizer.ggml.tokens", ARRAY, (STRING, tok.gguf_tokens())),
        ("tokenizer.ggml.token_type", ARRAY, (I32, [1] * (tok.size - 2) + [3, 3])),
        ("tokenizer.ggml.merges", ARRAY, (STRING, tok.gguf_merges())),
        ("tokenizer.ggml.bos_token_id", U32, tok.bos), ("tokenizer.ggml.eos_token_id", U32, tok.eos),
        ("tokenizer.ggml.add_bos_token", BOOL, True),
        ("ternsim.ffn_activation", STRING, cfg.activation), ("ternsim.weight_scheme", STRING, cfg.weights)]


def export(path, model, tok, name):
    """Write a trained model: ternary linears as I2_S (the FP32 twin's as F16), embedding F16, norms F32."""
    from model import ternarise
    tensors = []
    for key, p in model.params.items():
        w, kind = p.detach(), key.rsplit(".", 1)[-1]
        if w.dim() == 1:
            entry = (F32, w.numpy().astype("<f4").tobytes())
        elif kind == "token_embd" or model.cfg.weights == "fp32":
            entry = (F16, w.numpy().astype("<f2").tobytes())
        else:
            codes, scale = ternarise(w, model.cfg.weights)
            entry = (I2_S, pack_i2s(codes.numpy().astype(np.int8), scale.item()))
        tensors.append((f"{key}.weight", tuple(w.shape), *entry))
    write(path, metadata(model.cfg, tok, name), tensors)
