"""Turkish text made comparable: folding, stems, pseudonyms."""
