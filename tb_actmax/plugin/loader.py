"""Entry point of the TensorBoard plugin.

TensorBoard imports this module when it starts, and exits if that fails. The
module therefore imports only the standard library and the plugin interface. The
rest is imported when TensorBoard asks for the plugin, where an error only
disables the tab.
"""

import argparse
import logging

from tensorboard.plugins import base_plugin

_log = logging.getLogger("tb_actmax")

_PLUGIN = "actmax"
_ALL = 0  # `samples_per_plugin` for "keep every step"


class ActivationMaxLoader(base_plugin.TBLoader):
    """Loads the plugin, and makes TensorBoard keep every epoch."""

    def define_flags(self, parser: argparse.ArgumentParser) -> None:
        """Defines no flags, because a name in use would end TensorBoard."""

    def fix_flags(self, flags: argparse.Namespace) -> None:
        """Keeps every epoch, unless `--samples_per_plugin=actmax=N` is given.

        By default TensorBoard keeps 10 random steps of a plugin.
        """
        try:
            samples = flags.samples_per_plugin
            if samples is None:
                flags.samples_per_plugin = samples = {}
            samples.setdefault(_PLUGIN, _ALL)
        except Exception as error:  # an error here would end TensorBoard
            _log.warning("TensorBoard may keep only 10 epochs: %s", error)

    def load(self, context: base_plugin.TBContext) -> base_plugin.TBPlugin:
        """Creates the plugin."""
        from tb_actmax.plugin.plugin import ActivationMaxPlugin

        return ActivationMaxPlugin(context)
