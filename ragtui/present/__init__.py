"""How a value looks in terminal cells: pure functions shared by the app, the command line and the reports."""
