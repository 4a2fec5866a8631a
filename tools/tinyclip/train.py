"""Trains the tiny CLIP on rendered pictures and writes encoder/builtin/model.

    /usr/bin/python3 tools/tinyclip/train.py --train DIR --heldout DIR --out encoder/builtin/model

Needs Debian's python3-torch (1.13) and numpy. The result depends on the seed, the number of steps and the number of threads.
"""
import argparse
import json
import math
import os
import time

import numpy
import torch
from torch.nn import functional

import bpe
from export import export
from measure import measure
from pictures import load, phrase, pixels, shifted, tokens, wrong
from towers import CONTEXT, Text, Vision

# Short captions that fit every picture of one object.
CHOICES = ["a {} {}", "{} {}", "one {} {}", "a picture of a {} {}", "a drawing of a {} {}"]


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--train", required=True, help="folder written by render -split train")
    p.add_argument("--heldout", required=True, help="folder written by render -split heldout; only measured on")
    p.add_argument("--out", required=True, help="folder for the exported model")
    p.add_argument("--steps", type=int, default=1600)
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--rate", type=float, default=1.5e-3, help="highest learning rate")
    p.add_argument("--state", help="file to save to every 50 steps, and to resume from if it exists")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    return p.parse_args()


def rate(step, steps, highest, warmup=100, cooldown=200):
    """A linear rise, a plateau, and a linear fall over the last steps (Hu et al., "MiniCPM", 2024).

    Until the fall begins nothing depends on the number of steps, so a run can be resumed with another number.
    """
    return highest * min((step + 1) / warmup, 1, (steps - step) / cooldown)


def contrast(image, words, lies, scale, texts):
    """Cross entropy both ways. Equal captions in a batch are all right answers, in equal shares.

    A picture must also tell its caption from the lies, as in Yuksekgonul et al., "When and why vision-language models
    behave like bags-of-words" (2023); without them small batches seldom ask for the shape.
    """
    number = {t: i for i, t in enumerate(texts)}
    which = torch.tensor([number[t] for t in texts])
    target = which[:, None].eq(which[None, :]).float()
    target = target / target.sum(-1, keepdim=True)
    of_image, of_text = scale * image @ torch.cat([words, lies]).T, scale * words @ image.T
    padded = functional.pad(target, (0, len(lies)))
    return (functional.cross_entropy(of_image, padded) + functional.cross_entropy(of_text, target)) / 2


def groups(modules, decay=0.05):
    """Weights of two and more axes decay; gains, shifts and positions do not."""
    named = [(n, p) for m in modules for n, p in m.named_parameters()]
    heavy = [p for n, p in named if p.ndim >= 2 and "position" not in n]
    light = [p for n, p in named if p.ndim < 2 or "position" in n]
    return [dict(params=heavy, weight_decay=decay), dict(params=light, weight_decay=0)]


class Training:
    """All that changes from step to step."""

    def __init__(self, a, rows):
        torch.set_num_threads(a.threads)
        torch.manual_seed(a.seed)
        self.rng, self.step, self.order = numpy.random.default_rng(a.seed), 0, numpy.empty(0, int)
        self.shapes, self.colours = sorted({r["shape"] for r in rows}), sorted({r["colour"] for r in rows})
        self.classes = [(c, s) for c in self.colours for s in self.shapes]
        self.vocabulary = bpe.learn((t for r in rows[:5000] for t in r["captions"] + r["full"]), most=600)
        self.vision, self.text = Vision(), Text(len(self.vocabulary.ids))
        self.log_scale = torch.nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self.optimiser = torch.optim.AdamW(
            groups([self.vision, self.text]) + [dict(params=[self.log_scale], weight_decay=0)], betas=(0.9, 0.98))

    def one(self, pictures, rows, a):
        """Takes one step and returns the loss."""
        if len(self.order) < a.batch:
            self.order = self.rng.permutation(len(rows))
        chosen, self.order = self.order[:a.batch], self.order[a.batch:]
        texts = [phrase(rows[i], self.rng) for i in chosen]
        lies = {wrong(t, rows[i], self.shapes, self.colours, self.rng) for t, i in zip(texts[::4], chosen[::4])}
        texts = [t.lower() for t in texts]
        lies = sorted(lies - set(texts))
        image = functional.normalize(self.vision(pixels(shifted(pictures[chosen], self.rng))), dim=-1)
        words = functional.normalize(read(self.text, self.vocabulary, texts + lies), dim=-1)
        scale = self.log_scale.exp()
        loss = contrast(image, words[:len(texts)], words[len(texts):], scale, texts) + self.choice(image, chosen, rows, scale)
        for group in self.optimiser.param_groups:
            group["lr"] = rate(self.step, a.steps, a.rate)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for g in self.optimiser.param_groups for p in g["params"]], 1)
        self.optimiser.step()
        with torch.no_grad():
            self.log_scale.clamp_(0, math.log(100))
        self.step += 1
        return loss.item()

    def choice(self, image, chosen, rows, scale):
        """Cross entropy of the pictures of one object against the short captions of all pairs of colour and shape."""
        single = [k for k, i in enumerate(chosen) if rows[i]["single"]]
        truth = [self.classes.index((rows[chosen[k]]["colour"], rows[chosen[k]]["shape"])) for k in single]
        form = CHOICES[self.rng.integers(len(CHOICES))]
        words = self.text(tokens(self.vocabulary, [form.format(*c) for c in self.classes], CONTEXT))
        return functional.cross_entropy(scale * image[single] @ functional.normalize(words, dim=-1).T, torch.tensor(truth))

    def save(self, name):
        torch.save(dict(
            vision=self.vision.state_dict(), text=self.text.state_dict(), log_scale=self.log_scale.data,
            optimiser=self.optimiser.state_dict(), rng=self.rng.bit_generator.state, step=self.step, order=self.order,
        ), name + ".part")
        os.replace(name + ".part", name)

    def resume(self, name):
        state = torch.load(name)
        self.vision.load_state_dict(state["vision"])
        self.text.load_state_dict(state["text"])
        self.log_scale.data.copy_(state["log_scale"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.rng.bit_generator.state = state["rng"]
        self.step, self.order = state["step"], state["order"]


def read(text, vocabulary, texts, parts=3):
    """Text vectors in the order of the texts; the short ones apart from the long ones, to spend less on padding."""
    order = sorted(range(len(texts)), key=lambda i: len(vocabulary.encode(texts[i], CONTEXT)))
    size = -(-len(order) // parts)
    out = [text(tokens(vocabulary, [texts[i] for i in order[p:p + size]], CONTEXT)) for p in range(0, len(order), size)]
    return torch.cat(out)[torch.tensor(order).argsort()]


def main():
    a = arguments()
    pictures, rows = load(a.train)
    heldout_pictures, heldout_rows = load(a.heldout)
    t = Training(a, rows)
    if a.state and os.path.exists(a.state):
        t.resume(a.state)
    began = time.time()
    print("tokens", len(t.vocabulary.ids), "parameters", sum(p.numel() for m in (t.vision, t.text) for p in m.parameters()), flush=True)
    while t.step < a.steps:
        loss = t.one(pictures, rows, a)
        if t.step % 10 == 0:
            print(f"{t.step} {time.time() - began:.0f}s loss {loss:.3f} scale {t.log_scale.exp().item():.1f}", flush=True)
        if t.step % 50 == 0 and a.state:
            t.save(a.state)
        if t.step % 100 == 0 or t.step == a.steps:
            n = len(heldout_rows) if t.step == a.steps else 512
            figures = measure(t.vision, t.text, t.vocabulary, heldout_pictures[:n], heldout_rows[:n])
            print(json.dumps({k: round(v, 4) for k, v in figures.items()}), flush=True)
    export(t.vision, t.text, t.vocabulary, t.log_scale.exp().item(), a.out)


if __name__ == "__main__":
    main()
