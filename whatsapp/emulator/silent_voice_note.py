"""A silent voice note: a valid Ogg Opus file. Pure."""

import struct

SERIAL = 1
SAMPLES_A_PACKET = 960
SILENT_PACKET = b"\xf8\xff\xfe"
"""20 ms of Opus silence at 48 kHz (RFC 6716)."""


def silent_voice_note(seconds: int = 1) -> bytes:
    """The bytes of the file: two header pages and one page of audio (RFC 7845); at most five seconds."""
    count = seconds * 50
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 0) + struct.pack("<I", 0)
    return (
        _page(2, 0, 0, [head])
        + _page(0, 0, 1, [tags])
        + _page(4, count * SAMPLES_A_PACKET, 2, [SILENT_PACKET] * count)
    )


def _page(flags: int, position: int, number: int, packets: list[bytes]) -> bytes:
    header = struct.pack("<4sBBqIII", b"OggS", 0, flags, position, SERIAL, number, 0)
    page = header + bytes([len(packets), *map(len, packets)]) + b"".join(packets)
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _checksum(page: bytes) -> int:
    """Ogg's CRC-32: polynomial 0x04c11db7, not reflected, starting from zero (RFC 3533)."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1
        crc &= 0xFFFFFFFF
    return crc
