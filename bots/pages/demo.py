"""The demo exchange: a page such as an exchange has, with the widget on it. Pure."""

from __future__ import annotations

from html import escape
from typing import Final

from bots.pages.layout import page

# Made-up numbers: the page says so.
_MARKETS: Final = (
    ("BTC / USDT", "Bitcoin", "91,204.5", "+1.84 %", True),
    ("ETH / USDT", "Ethereum", "3,187.22", "+0.62 %", True),
    ("SOL / USDT", "Solana", "164.90", "−2.11 %", False),
    ("XRP / USDT", "XRP", "2.1446", "+4.07 %", True),
    ("TON / USDT", "Toncoin", "5.382", "−0.48 %", False),
)
_ASK: Final = (
    ("en", "My USDT deposit has not arrived"),
    ("en", "I lost my phone with the authenticator"),
    ("zh", "提现一直在审核中，要等多久？"),
    ("zh", "收到自称客服的私信，是真的吗？"),
    ("ja", "出金がまだ届きません"),
    ("ko", "출금이 계속 대기 중이에요"),
)


def demo(name: str, public_url: str) -> str:
    """Return the demo page of an exchange with this name."""
    rows = "".join(
        f"<tr><th scope='row'><span class='pair'>{pair}</span><span class='coin'>{coin}</span></th>"
        f"<td class='number'>{price}</td><td class='number {'up' if up else 'down'}'>"
        f"<span aria-hidden='true'>{'▲' if up else '▼'}</span> {change}</td></tr>"
        for pair, coin, price, change, up in _MARKETS
    )
    asks = "".join(
        f'<li><button type="button" class="ask" lang="{language}" data-switchboard-ask="{escape(text)}">'
        f"{escape(text)}</button></li>"
        for language, text in _ASK
    )
    snippet = escape(f'<script src="{public_url}/widget.js" data-language="auto" defer></script>')
    body = f"""
<header class="bar"><a class="brand" href="/"><span class="mark" aria-hidden="true"></span>{escape(name)}</a>
<nav aria-label="Main"><span>Markets</span><span>Trade</span><span>Earn</span>
<a href="/chat/page">Support</a></nav></header>
<main class="demo">
<section class="hero"><p class="eyebrow">A demo exchange</p>
<h1>Trade with someone to ask.</h1>
<p class="lead">This page stands for your exchange. The bubble in the corner is Switchboard: it answers what your team
has approved, asks when it is unsure, and brings a person for the rest.</p>
<h2 id="ask">Try asking</h2><ul class="asks" aria-labelledby="ask">{asks}</ul></section>
<section class="card" aria-labelledby="markets"><h2 id="markets">Markets</h2>
<table><thead><tr><th scope="col">Pair</th><th scope="col" class="number">Price</th>
<th scope="col" class="number">24 h</th></tr></thead><tbody>{rows}</tbody></table>
<p class="small">Made-up numbers.</p></section>
<section class="embed" aria-labelledby="embed"><h2 id="embed">On your own pages</h2>
<p>One line, no inline code, fine under a strict content policy:</p><pre><code>{snippet}</code></pre>
<p class="small">Agents answer in the <a href="/console/">console</a>.</p></section>
</main>"""
    return page(
        title=f"{name} · demo",
        language="en",
        body=body,
        description="A demo exchange with customer support by Switchboard.",
        name=name,
    ).replace('data-language="en"', 'data-language="auto"', 1)


def alone(name: str) -> str:
    """Return the page that holds nothing but the widget, for a mobile app's WebView."""
    body = f'<main class="alone"><h1 class="hidden">{escape(name)}</h1></main>'
    return page(title=name, language="en", body=body, name=name, script=' data-mode="page"').replace(
        'data-language="en"', 'data-language="auto"', 1
    )
