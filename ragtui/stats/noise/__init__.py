"""How scores repeat themselves: the grid they live on, the behaviours of items, the band they leave."""
