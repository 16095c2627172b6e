"""What of the lifecycle decision this version carries out.

What belongs here: naming, in words, each answer that is valid by CONTRACT.md and not carried out yet; such a decision
is refused before anything is read, never half followed. What does not: answers that contradict each other (lifecycle).
"""

from __future__ import annotations

from cwxero_dagster.payables.lifecycle import Decision


def not_yet_supported(decision: Decision) -> list[str]:
    """A sentence for each answer of the decision that cannot be followed yet; empty when all can."""
    events = decision.events
    wanted = {
        "events.raised": (events.raised, {"nothing", "draft_purchase_order", "draft_bill"}),
        "link_customers": (str(decision.link_customers).lower(), {"false"}),
    }
    return [
        f"lifecycle.yaml asks for `{key}: {value}`, which this version does not carry out yet; nothing was attempted. "
        f"It carries out: {', '.join(sorted(allowed))}."
        for key, (value, allowed) in wanted.items()
        if value not in allowed
    ]
