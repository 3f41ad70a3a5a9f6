"""One room a report, one module a form of it. A new form is one new module there: nothing else names it.

A form has `TITLE` for people, `SUFFIX` for files, and `write(subject, …)`; the module's name is the form's name on the
command line. `ragtui.present.report.registry` finds them.
"""
