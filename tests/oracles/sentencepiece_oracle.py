"""Trains a small BPE model with sentencepiece, writes it as GGUF and prints what sentencepiece makes of the strings.

    sentencepiece_oracle.py bytes|unknown|symbols WORK STRINGS.jsonl OUT.gguf

bytes: with byte_fallback, as LLaMA 2's; unknown: without, so that rare characters become <unk>; symbols: with
byte_fallback and user-defined symbols. One line of JSON a string: {"ids": [...], "text": decoded}.
"""
import json
import os
import sys

import sentencepiece

from write_gguf import sentencepiece as entries, write

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
kind, work, strings, out = sys.argv[1:]
prefix = os.path.join(work, f"sentencepiece_{kind}")
sentencepiece.SentencePieceTrainer.train(
    input=os.path.join(ROOT, "assets", "heldout_slice.txt"), model_prefix=prefix, model_type="bpe", vocab_size=1500,
    byte_fallback=kind != "unknown", normalization_rule_name="identity", remove_extra_whitespaces=False,
    add_dummy_prefix=True, allow_whitespace_only_pieces=True, split_digits=True, num_threads=1, minloglevel=2,
    user_defined_symbols=["<|turn|>", "[INST]", "<|", "ab"] if kind == "symbols" else [])
model = sentencepiece.SentencePieceProcessor(model_file=prefix + ".model")
size = model.get_piece_size()


def type_of(i):
    for test, number in ((model.is_unknown, 2), (model.is_control, 3), (model.is_unused, 5), (model.is_byte, 6)):
        if test(i):
            return number
    # The Python interface does not tell user-defined symbols; the trainer puts them behind <unk>, <s>, </s>.
    return 4 if kind == "symbols" and 3 <= i < 7 else 1


write(out, entries([model.id_to_piece(i) for i in range(size)], [model.get_score(i) for i in range(size)],
                   [type_of(i) for i in range(size)]), [])
with open(strings, encoding="utf-8") as file:
    for line in file:
        ids = model.encode(json.loads(line))
        print(json.dumps({"ids": ids, "text": model.decode(ids)}))
