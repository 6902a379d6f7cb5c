"""The subcommands of `polytask`, one module each: `add_parser(commands)` and `run(arguments)`."""
