"""Trains the tiny CLIP on rendered pictures and writes encoder/builtin/model.

    /usr/bin/python3 tools/tinyclip/train.py --train DIR --heldout DIR --out encoder/builtin/model

Needs Debian's python3-torch (1.13) and numpy. The result depends on the seed, the number of steps and the number of threads.
"""
import argparse
import json
import math
import time

import numpy
import torch
from torch.nn import functional

import bpe
from export import export
from measure import measure
from pictures import load, phrase, pixels, shifted, tokens
from towers import CONTEXT, Text, Vision


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--train", required=True, help="folder written by render -split train")
    p.add_argument("--heldout", required=True, help="folder written by render -split heldout; only measured on")
    p.add_argument("--out", required=True, help="folder for the exported model")
    p.add_argument("--steps", type=int, default=2000)
    p.add_argument("--batch", type=int, default=256)
    p.add_argument("--rate", type=float, default=1.5e-3, help="highest learning rate")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    return p.parse_args()


def rate(step, steps, highest, warmup=150):
    """A linear rise, then half a cosine down to nothing."""
    if step < warmup:
        return highest * (step + 1) / warmup
    return highest * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


def contrast(scores, texts):
    """Cross entropy both ways. Equal captions in a batch are all right answers, in equal shares."""
    number = {t: i for i, t in enumerate(texts)}
    which = torch.tensor([number[t] for t in texts])
    target = which[:, None].eq(which[None, :]).float()
    target = target / target.sum(-1, keepdim=True)
    return (functional.cross_entropy(scores, target) + functional.cross_entropy(scores.T, target)) / 2


def groups(modules, decay=0.05):
    """Weights of two and more axes decay; gains, shifts and positions do not."""
    named = [(n, p) for m in modules for n, p in m.named_parameters()]
    heavy = [p for n, p in named if p.ndim >= 2 and "position" not in n]
    light = [p for n, p in named if p.ndim < 2 or "position" in n]
    return [dict(params=heavy, weight_decay=decay), dict(params=light, weight_decay=0)]


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    rng = numpy.random.default_rng(a.seed)
    pictures, rows = load(a.train)
    heldout = load(a.heldout)
    vocabulary = bpe.learn((t for r in rows[:5000] for t in r["captions"] + r["full"]), most=600)
    vision, text = Vision(), Text(len(vocabulary.ids))
    log_scale = torch.nn.Parameter(torch.tensor(math.log(1 / 0.07)))
    optimiser = torch.optim.AdamW(groups([vision, text]) + [dict(params=[log_scale], weight_decay=0)], betas=(0.9, 0.98))
    print("tokens", len(vocabulary.ids), "parameters", sum(p.numel() for m in (vision, text) for p in m.parameters()), flush=True)
    began, order = time.time(), numpy.empty(0, int)
    for step in range(a.steps):
        if len(order) < a.batch:
            order = rng.permutation(len(rows))
        chosen, order = order[:a.batch], order[a.batch:]
        texts = [phrase(rows[i], rng) for i in chosen]
        image = functional.normalize(vision(pixels(shifted(pictures[chosen], rng))), dim=-1)
        words = functional.normalize(text(tokens(vocabulary, texts, CONTEXT)), dim=-1)
        loss = contrast(log_scale.exp() * image @ words.T, [t.lower() for t in texts])
        for group in optimiser.param_groups:
            group["lr"] = rate(step, a.steps, a.rate)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for g in optimiser.param_groups for p in g["params"]], 1)
        optimiser.step()
        with torch.no_grad():
            log_scale.clamp_(0, math.log(100))
        if step % 20 == 0:
            print(f"{step} {time.time() - began:.0f}s loss {loss.item():.3f} scale {log_scale.exp().item():.1f}", flush=True)
        if step % 200 == 199 or step == a.steps - 1:
            part = len(rows) if step == a.steps - 1 else 1024
            print(json.dumps(measure(vision, text, vocabulary, heldout[0][:part], heldout[1][:part])), flush=True)
    export(vision, text, vocabulary, log_scale.exp().item(), a.out)


if __name__ == "__main__":
    main()
