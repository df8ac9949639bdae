#!/usr/bin/env python3
"""Packs the heads of a safetensors file for the page: one small file per text.

    python3 pack.py minilm_heads.safetensors

Needs Python 3.10 and nothing else. The same input gives the same bytes.
"""

import gzip
import json
import struct
import sys
from pathlib import Path

HERE = Path(__file__).parent
TENSORS = ("query", "key", "value")


def read(path):
    """Header and data of a safetensors file."""
    content = Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    return header, content[8 + length :]


def plane_by_plane(floats):
    """The first bytes of all numbers, then the second, third and fourth: like stands beside like."""
    return b"".join(floats[i::4] for i in range(4))


def main(path):
    header, data = read(path)
    metadata = header.pop("__metadata__")
    names = sorted({name.split(".")[0] for name in header})
    for name in names:
        tokens = json.loads(metadata[name])["tokens"]
        floats = b""
        for tensor in TENSORS:
            entry = header[f"{name}.{tensor}"]
            assert entry["dtype"] == "F32" and entry["shape"] == [6, 12, len(tokens), 32], (name, tensor, entry)
            begin, end = entry["data_offsets"]
            floats += data[begin:end]
        packed = gzip.compress(plane_by_plane(floats), compresslevel=9, mtime=0)
        (HERE / f"{name}.heads").write_bytes(packed)
        print(f"{name}: {len(tokens)} tokens, {len(floats)} bytes, packed {len(packed)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
