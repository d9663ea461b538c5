"""Whether a point is in the country at all. Pure."""

COUNTRY = (35.8, 42.2), (25.6, 44.9)  # degrees north, degrees east


def is_in_the_country(lat: float, lon: float) -> bool:
    """Roughly: within its northernmost, southernmost, easternmost and westernmost points."""
    (south, north), (west, east) = COUNTRY
    return south <= lat <= north and west <= lon <= east
