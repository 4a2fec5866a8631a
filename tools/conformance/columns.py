"""The columns of our tables, in their order, as docs/formats.md states them. Each reader module says how it shows a kind."""
TEXT, INT, FLOAT, VECTOR, CAPTIONS, PICTURE = "text", "int", "float", "vector", "captions", "picture"

CAPTION_FIELDS = ("text", "source", "language", "generator")

SHARD = {
    "uid": TEXT, "caption": TEXT, "url": TEXT, "key": TEXT, "status": TEXT, "error_message": TEXT,
    "width": INT, "height": INT, "original_width": INT, "original_height": INT, "exif": TEXT, "sha256": TEXT,
}

# The .json of a sample: the columns of its shard's table, then these.
MEMBER_ALSO = ("captions", "page_url", "license", "phash")


def data(vectors, images):
    """The columns of data/*.parquet, with or without those of an encoder and the picture."""
    columns = {
        "uid": TEXT, "key": TEXT, "url": TEXT, "caption": TEXT, "captions": CAPTIONS, "page_url": TEXT,
        "width": INT, "height": INT, "original_width": INT, "original_height": INT,
        "sha256": TEXT, "image_sha256": TEXT, "phash": TEXT, "language": TEXT, "license": TEXT, "status": TEXT,
    }
    if vectors:
        columns |= {"similarity": FLOAT, "image_embedding": VECTOR, "text_embedding": VECTOR, "encoder": TEXT}
    return columns | {"image": PICTURE} if images else columns
