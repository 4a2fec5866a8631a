"""Checks the exported files under onnxruntime: the figures they reach, and how far they are from torch.

    python tools/tinyclip/check.py --model encoder/builtin/model --heldout DIR [--state FILE]

Needs onnxruntime besides torch, such as in a venv made with --system-site-packages. Without --state, the file that
train.py saved, only the figures are printed.
"""
import argparse
import json
import os

import onnxruntime
import torch

from bpe import Vocabulary
from measure import measure
from pictures import load, pixels, tokens
from towers import CONTEXT, Text, Vision


class Session:
    """An ONNX file that can be called like the torch module it came from."""

    def __init__(self, name):
        self.session = onnxruntime.InferenceSession(name, providers=["CPUExecutionProvider"])

    def __call__(self, batch):
        return torch.from_numpy(self.session.run(None, {self.session.get_inputs()[0].name: batch.numpy()})[0])

    def eval(self):
        return self

    train = eval


def vocabulary(folder):
    with open(os.path.join(folder, "tokenizer.json")) as f:
        merges = json.load(f)["model"]["merges"]
    return Vocabulary([tuple(m.split(" ")) for m in merges])


@torch.no_grad()
def distances(name, vision, text, words, pictures, rows):
    """The largest difference of a value from torch, for batches of one and of several."""
    state = torch.load(name)
    torch_vision, torch_text = Vision(), Text(len(words.ids))
    torch_vision.load_state_dict(state["vision"]), torch_text.load_state_dict(state["text"])
    torch_vision.eval(), torch_text.eval()
    for n in (1, 7, 64):
        x, ids = pixels(pictures[:n]), tokens(words, [r["full"][0] for r in rows[:n]], CONTEXT)
        far = lambda a, b, batch: (a(batch) - b(batch)).abs().max().item()
        print(f"batch {n}: image {far(vision, torch_vision, x):.1e}, text {far(text, torch_text, ids):.1e}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True)
    p.add_argument("--heldout", required=True)
    p.add_argument("--state")
    a = p.parse_args()
    pictures, rows = load(a.heldout)
    vision, text = (Session(os.path.join(a.model, "onnx", n + "_model.onnx")) for n in ("vision", "text"))
    words = vocabulary(a.model)
    if a.state:
        distances(a.state, vision, text, words, pictures, rows)
    print(json.dumps({k: round(v, 4) for k, v in measure(vision, text, words, pictures, rows).items()}))


if __name__ == "__main__":
    main()
