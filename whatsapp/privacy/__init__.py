"""The personal data that the line keeps: erased when due, exported on request."""
