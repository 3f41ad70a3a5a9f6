"""What a run is asked to do: the plan, read strictly."""
