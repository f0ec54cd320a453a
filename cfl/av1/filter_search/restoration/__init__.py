"""The search for loop restoration: units, their Wiener taps and self-guided weights, by RD cost."""
