"""Photos: decoding, removing metadata, blurring, comparing, storing."""
