"""What runs inside the process of the user's code: the standard library only, so that any interpreter will do.

Neither ragtui nor its packages need to be installed where the project lives. `ragtui.runner.usercode.process` starts it
with this folder's parent on the path, which is taken away again before the user's code is imported.
"""
