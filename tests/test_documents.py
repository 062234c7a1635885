"""The documents that people read first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "init-container/**/*.md", "examples/**/*.md")
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if "://" not in link and not link.startswith("#"):
            assert (document.parent / link.partition("#")[0]).exists(), link


def test_alerts_use_metrics_and_labels_that_there_are() -> None:
    import yaml

    from halsync.observe.hooks import OUTCOMES
    from halsync.observe.metric_table import METRICS
    from halsync.observe.metrics import STATES

    rules = yaml.safe_load((ROOT / "examples" / "prometheus-rules.yaml").read_text())
    known = {metric.name: {*metric.labels, "instance"} for metric in METRICS}
    alerts = [rule for group in rules["spec"]["groups"] for rule in group["rules"]]
    assert len({alert["alert"] for alert in alerts}) == len(alerts)
    for alert in alerts:
        used = re.findall(r"\b(halsync_\w+)(?:\{([^}]*)\})?", alert["expr"])
        assert used or "up{" in alert["expr"], alert
        for name, selectors in used:
            assert name in known, name
            for label, values in re.findall(r'(\w+)[!=]~?="?~?"?([^",]*)', selectors):
                assert label in known[name], (name, label)
                legal = {
                    "state": STATES, "outcome": (*OUTCOMES, "sent"), "strategy": ("none",)
                }[label]  # fmt: skip
                assert set(values.split("|")) <= set(legal), (name, values)
        labels = {label for name, _ in used for label in known[name]}
        shown = re.findall(r"\$labels\.(\w+)", str(alert["annotations"]))
        assert set(shown) <= labels
        assert alert["labels"]["severity"] in ("critical", "warning", "info")
        assert set(alert["annotations"]) == {"summary", "description"}
