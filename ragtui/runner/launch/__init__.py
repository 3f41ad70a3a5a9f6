"""From a plan to folders that are ready to be worked on, and the process that works on them."""
