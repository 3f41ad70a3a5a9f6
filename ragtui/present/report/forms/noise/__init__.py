"""Forms of measured noise: `write(measured)` of a sequence of `ragtui.present.noise.Measured`."""
