"""Forms of a list of runs: `write(listing)` of a `ragtui.present.report.listing.RunListing`."""
