"""The workflow's rules as a table for people."""

from api.workflow.rules import RULES
from api.workflow.words import STATE_TITLES, Action, State


def state_table() -> str:
    """The states, as rows of Markdown."""
    rows = [f"| `{state}` | {STATE_TITLES[state].zh} |" for state in State]
    return "\n".join(["| state | |", "|---|---|", *rows])


def rule_table() -> str:
    """Every step, as rows of Markdown."""
    order = list(Action)
    rules = sorted(RULES.values(), key=lambda rule: order.index(rule.action))
    rows = [
        f"| `{rule.action}` | {rule.at} | {rule.to or 'stays'} "
        f"| {', '.join(sorted(rule.duties))} | {', '.join(sorted(rule.needs))} |"
        for rule in rules
    ]
    return "\n".join(["| action | from | to | who | needs |", "|---|---|---|---|---|", *rows])
