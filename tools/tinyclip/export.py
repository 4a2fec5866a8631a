"""Writes the model in the layout that Hugging Face repositories with ONNX files have."""
import json
import math
import os

import torch

from pictures import MEAN, STD
from towers import CONTEXT, HEADS, SIDE, WIDTH


def export(vision, text, vocabulary, scale, folder):
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    vision.eval(), text.eval()
    tower(vision, torch.zeros(2, 3, SIDE, SIDE), "pixel_values", "image_embeds", {0: "batch"}, folder, "vision_model")
    ids = torch.tensor([vocabulary.encode("two green stars", CONTEXT)] * 2)
    tower(text, ids, "input_ids", "text_embeds", {0: "batch", 1: "sequence"}, folder, "text_model")
    vocabulary.save(os.path.join(folder, "tokenizer.json"), CONTEXT)
    write(folder, "config.json", dict(
        model_type="clip",
        projection_dim=WIDTH,
        logit_scale_init_value=math.log(scale),
        text_config=dict(
            model_type="clip_text_model", vocab_size=len(vocabulary.ids), max_position_embeddings=CONTEXT,
            hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=len(text.blocks), num_attention_heads=HEADS,
            hidden_act="quick_gelu", projection_dim=WIDTH, bos_token_id=vocabulary.start, eos_token_id=vocabulary.end,
            pad_token_id=vocabulary.end),
        vision_config=dict(
            model_type="clip_vision_model", image_size=SIDE, patch_size=8, num_channels=3, hidden_size=WIDTH,
            intermediate_size=2 * WIDTH, num_hidden_layers=len(vision.blocks), num_attention_heads=HEADS,
            hidden_act="quick_gelu", projection_dim=WIDTH),
    ))
    write(folder, "preprocessor_config.json", dict(
        image_processor_type="CLIPImageProcessor",
        do_convert_rgb=True,
        do_resize=True, size=dict(shortest_edge=SIDE), resample=3,
        do_center_crop=True, crop_size=dict(height=SIDE, width=SIDE),
        do_rescale=True, rescale_factor=1 / 255,
        do_normalize=True, image_mean=MEAN, image_std=STD,
    ))


def tower(module, example, inward, outward, axes, folder, name):
    torch.onnx.export(
        module, example, os.path.join(folder, "onnx", name + ".onnx"), opset_version=14, do_constant_folding=True,
        input_names=[inward], output_names=[outward], dynamic_axes={inward: axes, outward: {0: "batch"}})


def write(folder, name, value):
    with open(os.path.join(folder, name), "w") as f:
        json.dump(value, f, indent=2)
        f.write("\n")
