"""Citizens who wait for a person: how it begins, what staff do with it, who hears when nobody does anything."""
