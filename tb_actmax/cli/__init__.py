"""The command `tb-actmax`: one module for each subcommand."""
