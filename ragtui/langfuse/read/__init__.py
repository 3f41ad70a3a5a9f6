"""Hosted runs read: listed, cached, mended where the server shows one run as several."""
