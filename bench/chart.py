# SPDX-License-Identifier: BSD-2-Clause
"""One picture of a bench run: every row's ratio to KVM as a bar, its goal as a tick."""
from xml.sax.saxutils import escape

WIDTH, ROW, LEFT, TOP = 900, 34, 330, 70
SCALE = 240  # pixels for a ratio of 1
MOST = 2.2   # bars end here; a longer one says so in its label


def draw(results, goal_key, kernel_name):
    """An SVG document; results as bench.compare() gives them."""
    height = TOP + ROW * len(results) + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
             'font-family="sans-serif" font-size="13">',
             "<!-- SPDX-License-Identifier: BSD-2-Clause -->",
             f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
             f'<text x="20" y="28" font-size="17">Instructions per operation: Selkie ({escape(kernel_name)}) '
             "divided by Linux KVM</text>",
             '<text x="20" y="48" fill="#5a6472">shorter is better; the tick is the goal, the line at 1 is KVM</text>']
    for index, result in enumerate(results):
        y = TOP + ROW * index
        parts.append(f'<text x="{LEFT - 10}" y="{y + 17}" text-anchor="end">{escape(result["title"])}</text>')
        value = result["ratio"]
        colour = "#b03a2e" if result["met"] is False else "#3d7a57"
        if value is None:
            figure = "failed" if result["selkie"] is None else f"{result['selkie']:.0f} {result['unit']}"
            parts.append(f'<text x="{LEFT + 6}" y="{y + 17}" fill="{colour}">{figure}</text>')
            continue
        length = min(value, MOST) * SCALE
        parts.append(f'<rect x="{LEFT}" y="{y + 4}" width="{length:.1f}" height="18" fill="{colour}"/>')
        parts.append(f'<text x="{LEFT + length + 6:.1f}" y="{y + 17}">{value:.2f}</text>')
        if result[goal_key] and result["unit"] not in ("count", "KiB"):
            x = LEFT + float(result[goal_key]) * SCALE
            parts.append(f'<path d="M{x:.1f} {y}v26" stroke="#16212e" stroke-width="2.5"/>')
    x = LEFT + SCALE
    parts.append(f'<path d="M{x} {TOP - 6}V{height - 30}" stroke="#5a6472" stroke-dasharray="4 4"/>')
    parts.append(f'<text x="{x}" y="{height - 14}" text-anchor="middle" fill="#5a6472">KVM</text></svg>')
    return "\n".join(parts) + "\n"
