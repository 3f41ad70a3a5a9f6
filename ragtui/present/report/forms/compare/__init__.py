"""Forms of a comparison: `write(subject, ascii_only=…, every=…)` of a `ragtui.present.report.content.Subject`."""
