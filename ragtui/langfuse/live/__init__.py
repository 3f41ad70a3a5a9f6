"""Publishing while a run is under way, and what its pipeline traces."""
