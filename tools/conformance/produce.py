"""Three small datasets of the example picture site, made by the real binary on loopback."""
import json
import subprocess
from contextlib import contextmanager

from version import Version

SEED, SHARD_SAMPLES = 7, 40
SPEC = """version: 1
name: {name}
source: {{web: {{seeds: ["{seed}"], max_depth: 5}}}}
fetch: {{allow_private: true, delay: 0s, part_rows: 40}}
embed: {{model: "{model}"}}
curate: {{seed: {shuffle}}}
dataset: {{shard_samples: {samples}, vectors: {vectors}, embed_images: {images}}}
"""


@contextmanager
def site(serve):
    """The address of the picture site, which runs as long as the block."""
    process = subprocess.Popen([serve, "-addr", "127.0.0.1:0", "-pages", "30"], stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def run(pairmill, name, spec, work):
    """Runs a spec and returns the folder of its dataset."""
    path = work / f"{name}.yaml"
    path.write_text(spec)
    with open(work / f"{name}.log", "w") as log:
        out = subprocess.run([pairmill, "run", path, "--store", work / "store", "--json"], stdout=subprocess.PIPE, stderr=log)
    if out.returncode != 0:
        raise SystemExit(f"pairmill run {name}: exit code {out.returncode}\n" + (work / f"{name}.log").read_text())
    return work / "store" / json.loads(out.stdout)["dataset"]


def versions(pairmill, serve, dump, work):
    """Makes them one by one: without vectors, with small ones, and with large ones and the pictures beside them."""
    with site(serve) as seed:
        for name, vectors, images in (("bare", None, False), ("half", "float16", False), ("single", "float32", True)):
            spec = SPEC.format(name=name, seed=seed, shuffle=SEED, samples=SHARD_SAMPLES, model="builtin" if vectors else "",
                               vectors=vectors or "float16", images=str(images).lower())
            folder = run(pairmill, name, spec, work)
            yield Version(name, folder, dump, vectors, images, SEED, SHARD_SAMPLES, work / f"cache-{name}")
