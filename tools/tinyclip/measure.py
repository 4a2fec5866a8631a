"""Zero-shot and retrieval accuracy on pictures from the held-out stream."""
import torch
from torch.nn import functional

from pictures import pixels, tokens
from towers import CONTEXT

PROMPTS = ["a {} {}", "{} {}", "a picture of a {} {}"]


@torch.no_grad()
def measure(vision, text, vocabulary, pictures, rows, batch=64):
    def read(texts):
        parts = [text(tokens(vocabulary, texts[i:i + 256], CONTEXT)) for i in range(0, len(texts), 256)]
        return functional.normalize(torch.cat(parts), dim=-1)

    vision.eval(), text.eval()
    seen = torch.cat([vision(pixels(pictures[i:i + 256])) for i in range(0, len(rows), 256)])
    seen = functional.normalize(seen, dim=-1)
    figures = zero_shot(seen, rows, read)
    for kind in ("full", "captions"):
        told = [r[kind][0] for r in rows]
        figures |= {f"{kind} {k}": v for k, v in retrieval(seen, read(told), told, batch).items()}
    vision.train(), text.train()
    return figures


def zero_shot(seen, rows, read):
    """Pictures of one object against all pairs of colour and shape, by one prompt and by the mean of three."""
    colours, shapes = sorted({r["colour"] for r in rows}), sorted({r["shape"] for r in rows})
    classes = [(c, s) for c in colours for s in shapes]
    single = [i for i, r in enumerate(rows) if r["single"]]
    truth = torch.tensor([classes.index((rows[i]["colour"], rows[i]["shape"])) for i in single])
    by_prompt = [read([p.format(*c) for c in classes]) for p in PROMPTS]
    accuracy = lambda heads: (seen[single] @ heads.T).argmax(-1).eq(truth).float().mean().item()
    return {"zero-shot": accuracy(by_prompt[0]), "zero-shot, three prompts": accuracy(sum(by_prompt))}


def retrieval(seen, said, told, batch):
    """R@1 within consecutive batches. A hit is the caption of the picture or one equal to it, letter by letter."""
    image_hits = text_hits = n = 0
    for a in range(0, len(told) - batch + 1, batch):
        scores, words = seen[a:a + batch] @ said[a:a + batch].T, told[a:a + batch]
        image_hits += sum(words[j] == words[i] for i, j in enumerate(scores.argmax(1)))
        text_hits += sum(words[j] == words[i] for i, j in enumerate(scores.argmax(0)))
        n += batch
    cosine = (seen * said).sum(-1).mean().item()
    return {"image to text": image_hits / n, "text to image": text_hits / n, "cosine": cosine}
