#!/usr/bin/env python3
"""Makes encoder/onnx/testdata: two small models with random weights, and the vectors that numpy computes for them.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install onnx numpy
    /tmp/venv/bin/python tools/golden/tiny_onnx.py encoder/onnx/testdata

"plain" is what Hugging Face exports look like: float32, dynamic batch, int64 ids. "half" is the other end: float16 tensors,
batch and context fixed, int32 ids with an attention mask, towers in the root folder. "endless" is a text tower that never ends.
The image tower is one matrix; the text tower sums embeddings weighted by position.
"""

import json
import math
import pathlib
import re
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE, DIM, CONTEXT = 8, 16, 24
START, END = "<|startoftext|>", "<|endoftext|>"
MERGES = [("r", "e"), ("re", "d</w>"), ("b", "l"), ("o", "f</w>"), ("bl", "u"), ("t", "w"), ("tw", "o</w>"), ("l", "e</w>")]
TEXTS = ["", "red", "Two  blue CIRCLES of red", "it's 7 dogs!", "a " * 40]
SPLIT = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def vocabulary() -> dict[str, int]:
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)] + list("0123456789'!,.")
    tokens = letters + [c + "</w>" for c in letters] + [a + b for a, b in MERGES] + [START, END]
    return {t: i for i, t in enumerate(tokens)}


VOCAB = vocabulary()


def tokens(text: str) -> list[int]:
    """Byte-pair encoding by its definition, for ASCII texts."""
    ids = [VOCAB[START]]
    for word in re.findall(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+", text.lower()):
        symbols = list(word[:-1]) + [word[-1] + "</w>"]
        for a, b in MERGES:
            i = 0
            while i + 1 < len(symbols):
                if (symbols[i], symbols[i + 1]) == (a, b):
                    symbols[i:i + 2] = [a + b]
                i += 1
        ids += [VOCAB[s] for s in symbols]
    return ids[:CONTEXT - 1] + [VOCAB[END]]


def picture(k: int) -> np.ndarray:
    y, x, c = np.mgrid[0:SIDE, 0:SIDE, 0:3]
    return (x * 7 + y * 13 + c * 29 + k * 31) * (k + 1) % 256


def save(path: pathlib.Path, nodes, inputs, outputs, weights) -> None:
    tensors = [numpy_helper.from_array(w, name) for name, w in weights.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, tensors)
    model = helper.make_model(graph, producer_name="tiny_onnx.py", ir_version=10,
                              opset_imports=[helper.make_opsetid("", 17)])
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def vision(path: pathlib.Path, weight: np.ndarray, half: bool) -> None:
    kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    batch = 4 if half else "batch"
    nodes = [
        helper.make_node("Cast", ["pixel_values"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["pixels"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weight"], ["product"]),
        helper.make_node("Cast", ["product"], ["image_embeds"], to=kind),
        helper.make_node("ReduceMean", ["pixels"], ["mean"], axes=[2, 3], keepdims=0),
    ]
    sides = [SIDE, SIDE] if half else ["height", "width"]
    save(path, nodes, [helper.make_tensor_value_info("pixel_values", kind, [batch, 3, *sides])],
         [helper.make_tensor_value_info("mean", TensorProto.FLOAT, [batch, 3]),
          helper.make_tensor_value_info("image_embeds", kind, [batch, DIM])], {"weight": weight})


def text(path: pathlib.Path, table: np.ndarray, place: np.ndarray, half: bool) -> None:
    kind, ids = (TensorProto.FLOAT16, TensorProto.INT32) if half else (TensorProto.FLOAT, TensorProto.INT64)
    shape = [4, CONTEXT] if half else ["batch", "sequence"]
    inputs = [helper.make_tensor_value_info("input_ids", ids, shape)]
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
             helper.make_node("Mul", ["rows", "place"], ["placed"])]
    weights = {"table": table, "place": place, "axis": np.array([1], np.int64)}
    if half:
        inputs.insert(0, helper.make_tensor_value_info("attention_mask", ids, shape))
        nodes += [helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
                  helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
                  helper.make_node("Mul", ["placed", "wide"], ["kept"])]
        weights["last"] = np.array([2], np.int64)
    nodes += [helper.make_node("ReduceSum", ["kept" if half else "placed", "axis"], ["sum"], keepdims=0),
              helper.make_node("Cast", ["sum"], ["text_embeds"], to=kind)]
    save(path, nodes, inputs, [helper.make_tensor_value_info("text_embeds", kind, [shape[0], DIM])], weights)


def endless(path: pathlib.Path) -> None:
    """A text tower that loops practically forever, to see whether a run can be broken off."""
    flag, rows = TensorProto.BOOL, helper.make_tensor_value_info("x", TensorProto.FLOAT, None)
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Add", ["x", "one"], ["next"])], "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("go", flag, []), rows],
        [helper.make_tensor_value_info("on", flag, []), helper.make_tensor_value_info("next", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.ones(1, np.float32), "one")])
    nodes = [helper.make_node("Cast", ["input_ids"], ["start"], to=TensorProto.FLOAT),
             helper.make_node("Loop", ["times", "yes", "start"], ["text_embeds"], body=body)]
    save(path, nodes, [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "sequence"])],
         [helper.make_tensor_value_info("text_embeds", TensorProto.FLOAT, ["batch", DIM])],
         {"times": np.array(2**62, np.int64), "yes": np.array(True)})


def tokenizer() -> dict:
    def regex(pattern: str) -> dict:
        return {"Regex": pattern}
    return {
        "version": "1.0",
        "added_tokens": [{"id": VOCAB[t], "content": t, "special": True} for t in (START, END)],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"}, {"type": "Replace", "pattern": regex(r"\s+"), "content": " "}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": regex(SPLIT), "behavior": "Removed", "invert": True},
            {"type": "ByteLevel", "add_prefix_space": False}]},
        "post_processor": {"type": "RobertaProcessing", "sep": [END, VOCAB[END]], "cls": [START, VOCAB[START]]},
        "model": {"type": "BPE", "unk_token": END, "end_of_word_suffix": "</w>", "vocab": VOCAB,
                  "merges": [f"{a} {b}" for a, b in MERGES]},
    }


def unit(v: np.ndarray) -> list[float]:
    return [round(float(x), 7) for x in v / np.linalg.norm(v)]


def expected(weight, table, place, half: bool) -> dict:
    images = []
    for k in range(3):
        scaled = picture(k) / 255 if half else (picture(k) / 255 - 0.5) / 0.25
        images.append(unit(scaled.transpose(2, 0, 1).reshape(-1) @ weight.astype(np.float64)))
    texts = []
    for t in TEXTS:
        ids = tokens(t)
        used = len(ids) if half else CONTEXT
        ids += [0] * (CONTEXT - len(ids))
        texts.append(unit((table[ids].astype(np.float64) * place)[:used].sum(0)))
    return {"texts": TEXTS, "image_vectors": images, "text_vectors": texts}


def main() -> None:
    root = pathlib.Path(sys.argv[1])
    rng = np.random.default_rng(7)
    weight = rng.standard_normal((3 * SIDE * SIDE, DIM)).astype(np.float32)
    table = rng.standard_normal((len(VOCAB), DIM)).astype(np.float32)
    place = rng.standard_normal((CONTEXT, 1)).astype(np.float32)
    endless(root / "endless" / "text_model.onnx")
    for name, half in (("plain", False), ("half", True)):
        folder = root / name
        vision(folder / ("" if half else "onnx") / "vision_model.onnx", weight, half)
        text(folder / ("" if half else "onnx") / "text_model.onnx", table, place, half)
        processor = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}, "resample": 3,
                     "image_mean": [0.5] * 3, "image_std": [0.25] * 3, "do_normalize": not half}
        config = {"_name_or_path": f"pairmill/tiny-{name}", "model_type": "clip", "projection_dim": DIM, "logit_scale_init_value": round(math.log(20), 6),
                  "text_config": {"max_position_embeddings": CONTEXT, "hidden_size": DIM, "hidden_act": "quick_gelu"},
                  "vision_config": {"image_size": SIDE, "hidden_size": DIM, "hidden_act": "quick_gelu"}}
        for file, content in (("preprocessor_config.json", processor), ("config.json", config),
                              ("tokenizer.json", tokenizer()), ("expected.json", expected(weight, table, place, half))):
            (folder / file).write_text(json.dumps(content, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
