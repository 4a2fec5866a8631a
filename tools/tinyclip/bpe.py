"""Byte-pair vocabulary in CLIP's scheme: byte alphabet, </w> at word ends, lower case, two special tokens at the end.

Scheme: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021), section 2.4, and
Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016).
"""
import collections
import json
import re

START, END = "<|startoftext|>", "<|endoftext|>"
# The captions are ASCII, so the classes of letters and digits can be spelt out here; tokenizer.json has the general pattern.
WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+")
PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def byte_alphabet():
    """Maps each byte to a visible character: printable Latin-1 to itself, the rest to U+0100 and up. Order is the id order."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in visible]
    return {b: chr(b) for b in visible} | {b: chr(256 + i) for i, b in enumerate(hidden)}


class Vocabulary:
    def __init__(self, merges):
        self.letters = byte_alphabet()
        alphabet = list(self.letters.values())
        tokens = alphabet + [a + "</w>" for a in alphabet] + ["".join(m) for m in merges] + [START, END]
        self.merges = merges
        self.rank = {m: i for i, m in enumerate(merges)}
        self.ids = {t: i for i, t in enumerate(tokens)}
        self.start, self.end = self.ids[START], self.ids[END]
        self.known = {}

    def split(self, word):
        symbols = [self.letters[b] for b in word.encode()]
        symbols[-1] += "</w>"
        while len(symbols) > 1:
            pair = min(zip(symbols, symbols[1:]), key=lambda p: self.rank.get(p, len(self.rank)))
            if pair not in self.rank:
                break
            symbols = joined(symbols, pair)
        return [self.ids[s] for s in symbols]

    def encode(self, text, context):
        ids = [self.start]
        for word in WORD.findall(text.lower()):
            if word not in self.known:
                self.known[word] = self.split(word)
            ids += self.known[word]
        return ids[: context - 1] + [self.end]

    def save(self, name, context):
        special = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
        byte_level = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=False)
        split = dict(type="Split", pattern=dict(Regex=PATTERN), behavior="Removed", invert=True)
        whitespace = dict(type="Replace", pattern=dict(Regex=r"\s+"), content=" ")
        json.dump(dict(
            version="1.0",
            truncation=dict(direction="Right", max_length=context, strategy="LongestFirst", stride=0),
            padding=None,
            added_tokens=[dict(id=self.ids[t], content=t, **special) for t in (START, END)],
            normalizer=dict(type="Sequence", normalizers=[dict(type="NFC"), whitespace, dict(type="Lowercase")]),
            pre_tokenizer=dict(type="Sequence", pretokenizers=[split, byte_level]),
            post_processor=dict(type="RobertaProcessing", sep=[END, self.end], cls=[START, self.start],
                                trim_offsets=False, add_prefix_space=False),
            decoder=byte_level,
            model=dict(type="BPE", dropout=None, unk_token=END, continuing_subword_prefix="", end_of_word_suffix="</w>",
                       fuse_unk=False, vocab=self.ids, merges=[" ".join(m) for m in self.merges]),
        ), open(name, "w"), ensure_ascii=False, indent=1)


def joined(symbols, pair):
    out = []
    for s in symbols:
        if out and (out[-1], s) == pair:
            out[-1] += s
        else:
            out.append(s)
    return out


def learn(texts, most, least=20):
    """Learns up to `most` merges; a pair seen fewer than `least` times is not worth a token. Ties go to the lesser pair."""
    counts = collections.Counter(w for t in texts for w in WORD.findall(t.lower()))
    letters = byte_alphabet()
    words = {}
    for w in counts:
        symbols = [letters[b] for b in w.encode()]
        symbols[-1] += "</w>"
        words[w] = symbols
    merges = []
    while len(merges) < most:
        pairs = collections.Counter()
        for w, symbols in words.items():
            for p in zip(symbols, symbols[1:]):
                pairs[p] += counts[w]
        if not pairs:
            break
        best = min(pairs, key=lambda p: (-pairs[p], p))
        if pairs[best] < least:
            break
        merges.append(best)
        words = {w: joined(s, best) for w, s in words.items()}
    return Vocabulary(merges)
