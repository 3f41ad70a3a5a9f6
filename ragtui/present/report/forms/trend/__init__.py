"""Forms of runs over time: `write(trend, ascii_only=…)` of a `ragtui.present.sentences.trend.Trend`."""
