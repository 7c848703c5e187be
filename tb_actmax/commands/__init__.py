"""Parts of the command `tb-actmax`, one module each."""
