"""Writes the vocabulary of a tokenizer.json as a GGUF file without tensors, the way converters write models.

    write_gguf.py llama3|llama2 TOKENIZER_JSON OUT.gguf
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "training"))
from gguf import ARRAY, BOOL, FLOAT, I32, STRING, U32, write  # noqa: E402

NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6


def tokens_of(document):
    table = dict(document["model"]["vocab"])
    for token in document["added_tokens"]:
        table[token["content"]] = token["id"]
    tokens = sorted(table, key=table.get)
    assert [table[t] for t in tokens] == list(range(len(tokens)))
    return tokens


def byte_level(document):
    tokens = tokens_of(document)
    control = {t["content"] for t in document["added_tokens"]}
    # tokenizer.ggml.pre is left out, as the released 2B4T file may.
    return [("general.architecture", STRING, "bitnet-b1.58"), ("tokenizer.ggml.model", STRING, "gpt2"),
            ("tokenizer.ggml.tokens", ARRAY, (STRING, tokens)),
            ("tokenizer.ggml.token_type", ARRAY, (I32, [CONTROL if t in control else NORMAL for t in tokens])),
            ("tokenizer.ggml.merges", ARRAY, (STRING, document["model"]["merges"])),
            ("tokenizer.ggml.bos_token_id", U32, tokens.index("<|begin_of_text|>")),
            ("tokenizer.ggml.eos_token_id", U32, tokens.index("<|end_of_text|>")),
            ("tokenizer.ggml.add_bos_token", BOOL, True)]


def sentencepiece(tokens, scores, types):
    return [("general.architecture", STRING, "bitnet"), ("tokenizer.ggml.model", STRING, "llama"),
            ("tokenizer.ggml.tokens", ARRAY, (STRING, tokens)), ("tokenizer.ggml.scores", ARRAY, (FLOAT, scores)),
            ("tokenizer.ggml.token_type", ARRAY, (I32, types)), ("tokenizer.ggml.bos_token_id", U32, 1),
            ("tokenizer.ggml.eos_token_id", U32, 2), ("tokenizer.ggml.unknown_token_id", U32, 0),
            ("tokenizer.ggml.add_bos_token", BOOL, True), ("tokenizer.ggml.add_space_prefix", BOOL, True)]


def llama2(document):
    tokens = tokens_of(document)
    first = 259  # behind <unk>, <s>, </s> and the bytes
    types = [UNKNOWN, CONTROL, CONTROL] + [BYTE] * 256 + [NORMAL] * (len(tokens) - first)
    # A piece's score is minus the place of the first merge that makes it; single characters are made by none.
    place = {}
    for rank, merge in enumerate(document["model"]["merges"]):
        place.setdefault(merge.replace(" ", "", 1), rank)
    scores = [-float(place.get(token, len(document["model"]["merges"]))) for token in tokens]
    return sentencepiece(tokens, scores, types)


if __name__ == "__main__":
    kind, source, out = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        document = json.load(file)
    write(out, byte_level(document) if kind == "llama3" else llama2(document), [])
