"""Why a comparison may not mean what it seems to: copies, wild repeats, drift, gaps. Values only, no words."""
