"""The command line: each command is argument parsing, one call of the Python API, one rendering.

Command modules are imported only when their command runs, so that `--help` stays fast.
Exit codes: 0 done, 1 the answer is "no" (`check`), 2 bad use or bad input.
"""

import importlib
import sys

import click

from trialwright import __version__
from trialwright.errors import TrialwrightError

# command -> (module of trialwright.cli, one line of help).  The module defines a click command named `command`.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "The whole chain on a synthetic cohort, from FHIR files to funnels."),
    "cohort": ("cohort", "Make synthetic people: a site's, or treated participants of a protocol."),
    "load": ("load", "Load FHIR, OMOP or flat files into a population."),
    "screen": ("screen", "Decide who of a population qualifies, criterion by criterion."),
    "why": ("why", "Say why one person fits a trial or not, with evidence and the next question."),
    "what-if": ("whatif", "Drop or replace criteria, move thresholds, and see who would qualify."),
    "compare": ("compare", "Two protocols of one trial over the same people: where they agree."),
    "read": ("read", "Read registry documents: any trial's page or record."),
    "formalize": ("formalize", "Turn eligibility text into expressions and a draft protocol."),
    "trials": ("trials", "Find trials by words, synonyms and facets."),
    "similar": ("similar", "Trials like one, with the reason."),
    "show": ("show", "Say what a protocol asks, in plain English."),
    "check": ("check", "Check data files: protocols, instruments, concepts."),
    "course": ("course", "Follow an instrument over time, for each person and for a population."),
    "score": ("score", "Score an instrument, a grade or a formula for one record or a table."),
    "instruments": ("instruments", "List instruments with their items, or write a page for each."),
    "dose": ("dose", "Design, prove and steer a dose escalation."),
    "kinetics": ("kinetics", "Cellular and drug kinetics: non-compartmental analysis, model fits, simulation."),
    "analyse": ("analyse", "Analyse a trial's participants as of a data cut: datasets, results, tables."),
    "stats": ("stats", "Exact and Bayesian statistics of small single-arm trials."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported on use; help comes from the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"trialwright.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="trialwright")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Turn a registered clinical trial into a running one.

    Decision support for research; not a medical device.
    """


def main(argv: list[str] | None = None) -> None:
    """Run the command line; a user's mistake ends in one sentence and exit code 2."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        cli.main(args=arguments, prog_name="trialwright", standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo("trialwright: stopped; nothing that was begun has been kept.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except (TrialwrightError, OSError, MemoryError) as error:
        if "--debug" in arguments:
            raise
        click.echo(f"trialwright: {_sentence(error)}", err=True)
        sys.exit(2)
    except Exception as error:
        if "--debug" in arguments or not type(error).__module__.startswith(("duckdb", "_duckdb")):
            raise
        click.echo(f"trialwright: the database engine failed: {_first_line(error)}; --debug shows where", err=True)
        sys.exit(2)


def _sentence(error: BaseException) -> str:
    """The system's errors name a number and a file; a copy that failed names all of its files."""
    if isinstance(error, MemoryError):
        return "there is not enough memory; close other programs, or give `--memory SIZE` where the command takes it"
    if not isinstance(error, OSError):
        return str(error)
    inner = error.args[0] if error.args else None
    if isinstance(inner, list) and inner:  # shutil.Error
        return (
            f"{inner[0][1]}: {str(inner[0][2]).split('] ')[-1].split(': ')[0]}; choose another place or free some space"
        )
    if error.strerror is None:
        return str(error)
    return (
        f"{error.filename2 or error.filename or 'a file'}: {error.strerror}; check the name, its rights and the space"
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


if __name__ == "__main__":
    main()
