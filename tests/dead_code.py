# ruff: noqa
# mypy: ignore-errors
"""What vulture takes for dead and is not; read by vulture, never run. A name leaves when its code does."""

# Fields of what `import ragtui` and the JSON reports hand out: read by others.
_.n_baseline, _.n_candidate, _.to_markdown, _.worst_loss, _.smallest_detectable, _.schema_version
_.repeats_for_half, _.repeated_items, _.judgings, _.looked_at

# Members of enumerations, which are looked up by value.
_.HYBRID, _.ITEMS, _.LOWER, _.NOTE

# Attributes of objects of other packages, and of what user code is handed.
_.text_factory, _.user_input, _.ground_truth

# Named in a variable and looked up by its name in worker processes.
_.item_tracer

# Parameters of the local model's server and of Textual widgets.
_.hostnames, _.n_parallel, _.n_ctx, _.n_threads, _.cache_ram_mib, _.model_alias
_.check_action, _.get_content_width

# Called by the parser of HTML.
_.handle_starttag, _.handle_endtag, _.handle_data

# What tests alone look at: seconds until a call may go, the schemas that JSON reports keep.
_.delay, _.schema_text
