"""Draws a report as one page that works offline: figures, confusions, calibration, thresholds. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from nlu.judging.evaluate import Report
from nlu.judging.scores import Judged, Scores, calibration

_SIDE: Final = 320
_COLUMNS: Final = (
    ("accuracy", "Right"),
    ("top_three", "Among three"),
    ("macro_f1", "Macro F1"),
    ("security_recall", "Security recall"),
    ("out_of_scope_recall", "Out of scope found"),
    ("false_alarms", "Refused in scope"),
    ("answered", "Answered at once"),
    ("answered_wrongly", "Of these wrong"),
    ("calibration_error", "Calibration error"),
)
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9d9e0; --mark: #0d74ce; --bad: #ce2c31;
  --page: #fcfcfd; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --line: #43484e; --mark: #70b8ff;
  --bad: #ff9592; --page: #111113; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 0 auto; padding: 24px;
  max-width: 1200px; }
h1 { font-size: 24px; } h2 { font-size: 18px; margin-top: 40px; }
table { border-collapse: collapse; } th, td { padding: 4px 8px; border-bottom: 1px solid var(--line); }
th { text-align: left; font-weight: 600; } td { text-align: right; font-variant-numeric: tabular-nums; }
td.text { text-align: left; } .scroll { overflow-x: auto; } .charts { display: flex; flex-wrap: wrap; gap: 32px; }
p, figcaption { color: var(--soft); } figure { margin: 0; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
.map td { padding: 0; width: 11px; height: 11px; border: 0; }
.map th { font-size: 10px; font-weight: 400; padding: 0 6px;
  border: 0; white-space: nowrap; }
"""


def page(found: Report, judged: Sequence[Judged], outside: str) -> str:
    """Return the whole page."""
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Understanding</title><style>{_STYLE}</style>",
        '<meta name=viewport content="width=device-width"><h1>Understanding</h1>',
        f"<p>{found.of('all').sentences} test sentences.</p>",
        _figures(found),
        "<h2>Calibration and thresholds</h2><div class=charts>",
        _calibration(judged),
        _thresholds(judged, outside),
        "</div><h2>Worst confusions</h2>",
        _confusions(found),
        "<h2>Map of confusions</h2><p>Rows are what was meant, columns what was understood; only intents that were "
        "mistaken are shown. Point at a square for its sentences.</p>",
        _map(judged),
    ]
    return "".join(parts)


def _figures(found: Report) -> str:
    heads = "".join(f"<th>{head}" for _, head in _COLUMNS)
    rows = "".join(_row(scores) for scores in found.scores)
    return f"<div class=scroll><table><tr><th>Language<th>Sentences{heads}<th>Easy<th>Full<th>Hard{rows}</table></div>"


def _row(scores: Scores) -> str:
    values = [getattr(scores, name) for name, _ in _COLUMNS] + [
        scores.grades[grade] for grade in ("easy", "full", "hard")
    ]
    cells = "".join(f"<td>{value:.1%}" for value in values)
    return f"<tr><th>{escape(scores.language)}<td>{scores.sentences}{cells}"


def _confusions(found: Report) -> str:
    rows = "".join(
        f"<tr><td class=text>{escape(one.meant)}<td class=text>{escape(one.understood)}<td>{len(one.sentences)}"
        f"<td class=text>{'<br>'.join(map(escape, one.sentences))}"
        for one in found.confusions
    )
    return f"<div class=scroll><table><tr><th>Meant<th>Understood<th>Times<th>Sentences{rows}</table></div>"


def _map(judged: Sequence[Judged]) -> str:
    pairs = Counter((str(one.case.intent), one.first) for one in judged if not one.right)
    names = sorted({name for pair in pairs for name in pair})
    texts = {
        pair: " · ".join(one.case.text for one in judged if (one.case.intent, one.first) == pair) for pair in pairs
    }
    most = max(pairs.values(), default=1)
    rows = "".join(
        f"<tr><th scope=row>{escape(meant)}" + "".join(_square(pairs, texts, (meant, said), most) for said in names)
        for meant in names
    )
    return f"<div class=scroll><table class=map>{rows}</table></div>"


def _square(
    pairs: Counter[tuple[str, str]], texts: dict[tuple[str, str], str], pair: tuple[str, str], most: int
) -> str:
    if pair not in pairs:
        return "<td>"
    title = escape(f"{pair[0]} → {pair[1]}: {texts[pair]}", quote=True)
    return f'<td title="{title}" style="background:var(--bad);opacity:{0.35 + 0.65 * pairs[pair] / most:.2f}">'


def _calibration(judged: Sequence[Judged]) -> str:
    points = [(said, right) for said, right, _ in calibration(judged)]
    dots = "".join(f"<circle cx={x * _SIDE:.0f} cy={(1 - y) * _SIDE:.0f} r=4 fill=var(--mark) />" for x, y in points)
    ideal = f'<path d="M0 {_SIDE} L{_SIDE} 0" stroke=var(--line) fill=none />'
    return _chart(ideal + _path(points, "--mark") + dots, "How often the best intent is right, by its confidence")


def _thresholds(judged: Sequence[Judged], outside: str) -> str:
    ours = [one for one in judged if one.case.intent != outside]
    answered, wrong = list[tuple[float, float]](), list[tuple[float, float]]()
    for step in range(101):
        over = [one for one in ours if one.confidence >= step / 100]
        answered.append((step / 100, len(over) / max(1, len(ours))))
        wrong.append((step / 100, sum(not one.right for one in over) / max(1, len(over))))
    return _chart(
        _path(answered, "--mark") + _path(wrong, "--bad"),
        "Above a confidence: what is answered (blue), and what of it is wrong (red)",
    )


def _path(points: Sequence[tuple[float, float]], colour: str) -> str:
    line = " L".join(f"{x * _SIDE:.1f} {(1 - y) * _SIDE:.1f}" for x, y in points)
    return f'<path d="M{line}" stroke=var({colour}) stroke-width=2 fill=none />' if points else ""


def _chart(drawn: str, caption: str) -> str:
    return (
        f'<figure><svg viewBox="-30 -10 {_SIDE + 50} {_SIDE + 40}" width={_SIDE + 50} role=img aria-label="{caption}">'
        f"{''.join(_axes())}{drawn}</svg><figcaption>{caption}</figcaption></figure>"
    )


def _axes() -> Iterator[str]:
    yield f"<rect width={_SIDE} height={_SIDE} fill=none stroke=var(--line) />"
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield f"<text x={part * _SIDE:.0f} y={_SIDE + 16} text-anchor=middle>{part:g}</text>"
        yield f"<text x=-6 y={(1 - part) * _SIDE + 4:.0f} text-anchor=end>{part:g}</text>"
