"""One module a form of a comparison. A new form is one new module here: nothing else names it.

A form has `TITLE` for people, `SUFFIX` for files, and `write(subject, ascii_only=…, every=…)`; the module's name is the
form's name on the command line.
"""
