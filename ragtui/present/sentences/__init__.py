"""The English of every value that the statistics, the gate and the workbench hand out, split by topic."""
