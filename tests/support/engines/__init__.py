"""The engines that stores are tested against: which ones, and why, stands in CONTRIBUTING.md under "Engines"."""
