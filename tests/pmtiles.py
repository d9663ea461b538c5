"""A small map file of our own making (PMTiles version 3, tiles of Protomaps' scheme): the same tile everywhere, water
with roads across.
"""

import gzip
import json
import struct
from pathlib import Path

WATER = (128, 222, 234)  # of the light map
_EXTENT, _MAX_ZOOM = 4096, 15
_NONE, _GZIP, _MVT = 1, 2, 1
_HEADER = 127
_ROOM = (35.0, 38.4, 36.0, 39.0)  # degrees, west to north


def write(file: Path) -> Path:
    """Writes the file and returns it. https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md"""
    tile = gzip.compress(_tile(), mtime=0)
    tiles = sum(4**zoom for zoom in range(_MAX_ZOOM + 1))
    # One entry from tile 0 on: its number, for how many tiles it stands, its length, its place (plus one).
    root = gzip.compress(_varints(1, 0, tiles, len(tile), 1), mtime=0)
    about = gzip.compress(json.dumps({"vector_layers": [{"id": "water"}, {"id": "roads"}]}).encode(), mtime=0)
    at_about, at_tiles = _HEADER + len(root), _HEADER + len(root) + len(about)
    header = b"PMTiles\x03" + struct.pack(
        "<11Q", _HEADER, len(root), at_about, len(about), at_tiles, 0, at_tiles, len(tile), tiles, 1, 1
    )
    header += struct.pack("<6B", 1, _GZIP, _GZIP, _MVT, 0, _MAX_ZOOM)
    west, south, east, north = (int(degrees * 1e7) for degrees in _ROOM)
    header += struct.pack("<4iB2i", west, south, east, north, 12, (west + east) // 2, (south + north) // 2)
    assert len(header) == _HEADER
    file.write_bytes(header + root + about + tile)
    return file


def _tile() -> bytes:
    end = _EXTENT
    water = _layer("water", "water", 3, [[(0, 0), (end, 0), (end, end), (0, end)]])
    # A quarter from above and from below: a tile on the screen is a quarter of one here, and has a road in its middle.
    roads = _layer("roads", "highway", 2, [[(0, at), (end, at)] for at in (end // 4, end * 3 // 4)])
    return water + roads


def _layer(name: str, kind: str, shape: int, parts: list[list[tuple[int, int]]]) -> bytes:
    """A layer with one feature (Mapbox Vector Tile 2.1): lines (2) or a polygon (3)."""
    moves: list[int] = []
    before = (0, 0)
    for corners in parts:
        for number, corner in enumerate(corners):
            if number < 2:
                moves.append((1 << 3) | 1 if number == 0 else ((len(corners) - 1) << 3) | 2)
            moves += [_zigzag(corner[0] - before[0]), _zigzag(corner[1] - before[1])]
            before = corner
    if shape == 3:
        moves.append((1 << 3) | 7)
    feature = _bytes(2, _varints(0, 0)) + _number(3, shape) + _bytes(4, _varints(*moves))
    said = _bytes(1, name.encode()) + _bytes(2, feature) + _bytes(3, b"kind")
    said += _bytes(4, _bytes(1, kind.encode())) + _number(5, _EXTENT) + _number(15, 2)
    return _bytes(3, said)


def _bytes(field: int, content: bytes) -> bytes:
    return _varints(field << 3 | 2, len(content)) + content


def _number(field: int, number: int) -> bytes:
    return _varints(field << 3, number)


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def _varints(*numbers: int) -> bytes:
    said = bytearray()
    for number in numbers:
        rest = number
        while rest > 127:
            said.append(rest & 127 | 128)
            rest >>= 7
        said.append(rest)
    return bytes(said)
