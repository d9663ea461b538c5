"""Turkish text: folding, stems, anonymisation."""
