"""Lists every method that a config can name, and every number that a sweep can vary.

usage: vae-jax methods [--numbers] [KIND=MODULE:FACTORY ...]

  --numbers            only the traced numbers, which a sweep varies within one compiled
                       program: --config.NUMBER=VALUE, --config.sweep.NUMBER=VALUES
  KIND=MODULE:FACTORY  a method of your own to list too, such as objective=mymodule:loss
"""

import inspect
from collections.abc import Iterator, Sequence

from vae_jax import registry
from vae_jax.console import cli
from vae_jax.hyperparameters import COMMON, DECLARING, Hyper, as_markdown

Method = tuple[str, str]  # kind and name


def main(arguments: Sequence[str]) -> None:
    """Prints a line for each method, kind by kind, then the table of numbers."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--numbers", action="store_true")
    parser.add_argument("own", nargs="*")
    given = parser.parse_args(arguments)
    methods = [(kind, name) for kind in registry.METHODS for name in registry.METHODS[kind]]
    for argument in given.own:
        kind, _, name = argument.partition("=")
        if kind not in registry.METHODS:
            parser.error(
                f"{argument}: expected KIND=MODULE:FACTORY, KIND one of "
                + ", ".join(registry.METHODS)
            )
        methods.append((kind, registry.check_name(kind, name)))
    if not given.numbers:
        print("\n".join(lines(methods)), end="\n\n")
    print(as_markdown(every_number(methods)))


def lines(methods: Sequence[Method]) -> Iterator[str]:
    """A line for each method: `network  mlp(hidden=(256,))  Encoder and decoder ...`."""
    for kind, name in methods:
        make = registry.factory(kind, name)
        settings = ", ".join(
            f"{parameter.name}={parameter.default!r}"
            for parameter in inspect.signature(make).parameters.values()
            if parameter.default is not parameter.empty
        )
        summary = (inspect.getdoc(make) or "").partition("\n")[0]
        yield f"{kind:12} {name}({settings})  {summary}"


def every_number(methods: Sequence[Method]) -> dict[str, Hyper]:
    """All numbers by the names of their axes: the common ones, then those declared."""
    numbers = {hyper.name: hyper for hyper in COMMON}
    for kind, name in methods:
        if kind in DECLARING:
            numbers |= {f"{kind}.{h.name}": h for h in registry.numbers(kind, name)}
    return numbers


if __name__ == "__main__":
    cli.run(main)
