"""Byte-level BPE tokenizer with the LLaMA-3 pre-tokenizer: training, encoding and decoding.

Vocabulary layout (1024 pieces by default):
    0 .. 255      the single bytes, id = byte value, written in GPT-2's byte-to-unicode alphabet
    256 .. V-3    merge results in rank order (merge r gives id 256 + r)
    V-2, V-1      <|begin_of_text|>, <|end_of_text|>

Sources: byte-level BPE and its byte-to-unicode table are GPT-2's (Radford et al., 2019); the pre-tokenizer expression and
`ignore_merges` (a pre-token that is in the vocabulary is emitted whole) are LLaMA 3's.
"""
import collections
import heapq
import json

try:
    import regex
except ImportError as exc:  # pragma: no cover
    raise SystemExit("tokenizer.py needs the 'regex' module (for \\p{L}): apt-get install python3-regex") from exc

PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
           r"|\s*[\r\n]+|\s+(?!\S)|\s+")
SPLIT = regex.compile(PATTERN)
BOS, EOS = "<|begin_of_text|>", "<|end_of_text|>"
SEPARATOR = "<|endoftext|>"


def byte_alphabet():
    """GPT-2's table: list of 256 characters, entry b is the printable stand-in of byte b."""
    keep = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    table, extra = {}, 0
    for b in range(256):
        if b in keep:
            table[b] = chr(b)
        else:
            table[b] = chr(256 + extra)
            extra += 1
    return [table[b] for b in range(256)]


ALPHABET = byte_alphabet()
UNALPHABET = {c: b for b, c in enumerate(ALPHABET)}


def read_stories(path):
    """Stories of a corpus file: separated by lines `<|endoftext|>`, stripped, empty ones dropped."""
    try:
        with open(path, encoding="utf-8", newline="") as f:
            text = f.read()
    except OSError as exc:
        raise SystemExit(f"cannot read the corpus '{path}' ({exc.strerror}): give the path of a UTF-8 text file whose "
                         f"stories are separated by lines {SEPARATOR}") from exc
    stories, current = [], []
    for line in text.split("\n"):
        if line.strip() == SEPARATOR:
            stories.append("\n".join(current).strip())
            current = []
        else:
            current.append(line)
    stories.append("\n".join(current).strip())
    return [s for s in stories if s]


def train_merges(stories, vocab_size):
    """Learn vocab_size - 258 merges: list of (bytes, bytes) in rank order.

    Works on distinct pre-tokens with their counts and keeps pair counts incrementally (Sennrich et al., 2016). The pair
    with the highest count wins, ties go to the smaller pair of byte strings, so that the result is deterministic.
    """
    wanted = vocab_size - 258
    if wanted < 0:
        raise ValueError(f"vocab_size {vocab_size} is too small: 256 bytes and 2 special pieces need at least 258")
    counts = collections.Counter()
    for story in stories:
        counts.update(SPLIT.findall(story))
    words = [[bytes([b]) for b in w.encode("utf-8")] for w in counts]
    freq = list(counts.values())
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for i, w in enumerate(words):
        for pair in zip(w, w[1:]):
            pairs[pair] += freq[i]
            where[pair].add(i)
    heap = [(-n, p) for p, n in pairs.items()]
    heapq.heapify(heap)
    merges, known = [], {bytes([b]) for b in range(256)}
    while len(merges) < wanted and heap:
        n, pair = heapq.heappop(heap)
        if pairs[pair] != -n or n == 0:
            continue                                    # stale entry, the current one is also in the heap
        joined = pair[0] + pair[1]
        if joined not in known:                         # the same string by two routes would make a duplicate piece
            merges.append(pair)
            known.add(joined)
        changed = set()
        for i in where.pop(pair):
            w, out, k = words[i], [], 0
            for p in zip(w, w[1:]):
                pairs[p] -= freq[i]
                changed.add(p)
            while k < len(w):
                if k + 1 < len(w) and w[k] == pair[0] and w[k + 1] == pair[1]:
                    out.append(joined)
                    k += 2
                else:
                    out.append(w[k])
                    k += 1
            words[i] = out
            for p in zip(out, out[1:]):
                pairs[p] += freq[i]
                where[p].add(i)
                changed.add(p)
        for p in changed:
            if pairs[p] > 0:
                heapq.heappush(heap, (-pairs[p], p))
    if len(merges) < wanted:
        raise ValueError(f"the corpus yields only {len(merges)} merges: use --vocab {258 + len(merges)} or more text")
    return merges


class Tokenizer:
    """Encoder and decoder for a list of merges given as pairs of byte strings, in rank order."""

    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        self.pieces = [bytes([b]) for b in range(256)] + [a + b for a, b in self.merges]
        self.vocab = {p: i for i, p in enumerate(self.pieces)}
        self.rank = {m: r for r, m in enumerate(self.merges)}
        self.bos, self.eos = len(self.pieces), len(self.pieces) + 1
        self.size = len(self.pieces) + 2
        self.cache = {}

    @classmethod
    def train(cls, stories, vocab_size=1024):
        return cls(train_merges(stories, vocab_size))

    def _word(self, word):
        """Ids of one pre-token (bytes)."""
        whole = self.vocab.get(word)
        if whole is not None:
            return [whole]                              # ignore_merges
        parts = [bytes([b]) for b in word]
        while len(parts) > 1:
            best = min(range(len(parts) - 1), key=lambda i: self.rank.get((parts[i], parts[i + 1]), 1 << 30))
            pair = (parts[best], parts[best + 1])
            if pair not in self.rank:
                break
            out, k = [], 0
            while k < len(parts):
                if k + 1 < len(parts) and (parts[k], parts[k + 1]) == pair:
                    out.append(pair[0] + pair[1])
                    k += 2
                else:
                    out.append(parts[k])
                    k += 1
            parts = out
        return [self.vocab[p] for p in parts]

    def encode(self, text):
        """Ids of a text, without BOS and EOS; special pieces in the text are ordinary characters."""
        ids = []
        for w in SPLIT.findall(text):
            got = self.cache.get(w)
            if got is None:
                got = self.cache[w] = self._word(w.encode("utf-8"))
            ids.extend(got)
        return ids

    def decode(self, ids):
        """Text of ids; BOS and EOS vanish, broken UTF-8 becomes U+FFFD."""
        return b"".join(self.pieces[i] for i in ids if i < len(self.pieces)).decode("utf-8", "replace")

    # -- the strings that a GGUF file carries -------------------------------------------------------------------------
    def gguf_tokens(self):
        return ["".join(ALPHABET[b] for b in p) for p in self.pieces] + [BOS, EOS]

    def gguf_merges(self):
        return [" ".join("".join(ALPHABET[b] for b in half) for half in m) for m in self.merges]

    @classmethod
    def from_gguf_merges(cls, lines):
        return cls([tuple(bytes(UNALPHABET[c] for c in half) for half in line.split(" ")) for line in lines])

    def save(self, path):
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"merges": self.gguf_merges()}, f, ensure_ascii=False, indent=0)

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as f:
            return cls.from_gguf_merges(json.load(f)["merges"])
