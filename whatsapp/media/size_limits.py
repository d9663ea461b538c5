"""How large a file of a citizen may be, by the kind of its message."""

# Bytes; a sender cannot exceed Meta's own limits, so a larger file is not what it claims to be.
BYTES = {"image": 5 << 20, "audio": 16 << 20, "video": 16 << 20, "document": 100 << 20, "sticker": 512_000}
