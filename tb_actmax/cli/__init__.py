"""The command `tb-actmax`: one module for each of its commands."""
