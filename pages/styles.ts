/**
 * One look for reports and console: quiet greys, one blue for "now", one orange for "look here". System fonts, no
 * request. A report is read and printed, the console is scanned: its text is smaller and stands closer.
 */
export const styles = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #ffffff; --ink: #1b1f24; --soft: #5b6470; --line: #e2e4e7; --wash: #f1f2f4; --link: #225a96;
  --reference: #cbd2da; --current: #2f6db3; --mark: #14181d;
  --good: #1f6641; --warn: #96450a; --bad: #a8201a;
  --good-wash: #e8f4ed; --warn-wash: #fdf1e0; --bad-wash: #fdebe9;
  --heat-0: #e9ecef; --heat-1: #f3dfb6; --heat-2: #e59a3c; --heat-3: #bf3122;
  --edge-shadow: #0003; --far-1: #ccd4dc; --far-2: #98a5b3; --far-3: #64727f;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1b1f23; --ink: #e7e9ec; --soft: #a0a8b2; --line: #30363d; --wash: #22272c; --link: #8cbcf2;
    --reference: #505a66; --current: #74acec; --mark: #f4f5f6;
    --good: #6cc493; --warn: #f0a04b; --bad: #f58f83;
    --good-wash: #1c2f25; --warn-wash: #38291a; --bad-wash: #3b2221;
    --heat-0: #262c32; --heat-1: #5a4a25; --heat-2: #b8742a; --heat-3: #e5544a;
    --edge-shadow: #000a; --far-1: #3a444e; --far-2: #5d6a77; --far-3: #8997a5;
  }
}
body { --text: 15px; --small: 13px; --width: 1040px; --edge: 24px; }
body.console { --text: 14px; --small: 12.5px; --width: 1200px; --edge: 20px; }

* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: var(--text)/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, footer, body > header { max-width: var(--width); margin: 0 auto; padding: 0 var(--edge); }
h1, h2, h3, p, dl, ul, figure { margin: 0; }
h1 { font-size: 30px; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 19px; line-height: 1.3; font-weight: 650; margin-bottom: 6px; }
h3 { font-size: 15px; font-weight: 650; overflow-wrap: anywhere; }
:is(.scroll, table) + h3 { margin-top: 20px; }
section { margin-top: 44px; }
a { color: var(--link); text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
small, .small { font-size: var(--small); color: var(--soft); }
.soft { color: var(--soft); }
code, .id { font: 0.9em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.unbroken { white-space: nowrap; }
.badge { display: inline-block; padding: 0 9px; border-radius: 999px; font-size: var(--small); font-weight: 600; white-space: nowrap; background: var(--wash); color: var(--soft); }
.badge.good { background: var(--good-wash); color: var(--good); }
.badge.warn { background: var(--warn-wash); color: var(--warn); }
.badge.bad { background: var(--bad-wash); color: var(--bad); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px 24px; }
.facts dt { color: var(--soft); font-size: var(--small); }
.facts dd { margin: 0; font-weight: 550; overflow-wrap: anywhere; }
.facts dd small { display: block; font-weight: 400; }

/* A shadow at the edge where there is more to scroll to. */
.scroll { overflow-x: auto; background: linear-gradient(to left, var(--page) 35%, transparent) right / 36px 100% no-repeat local, linear-gradient(to left, var(--edge-shadow), transparent) right / 14px 100% no-repeat scroll; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 12px; }
caption span { display: block; max-width: min(72ch, calc(100vw - 32px)); }
th, td { padding: 8px 11px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 550; }
th small { font-weight: 400; }
thead th { color: var(--soft); font-size: var(--small); line-height: 1.35; vertical-align: bottom; }
thead th small { display: block; font-size: 12px; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; }
.words { white-space: normal; max-width: 48ch; overflow-wrap: break-word; }
td.words { min-width: 14ch; }
.over, .past { font-weight: 650; }
.over { color: var(--warn); }

.chart svg { display: block; max-width: 100%; height: auto; overflow: visible; }
.chart text { fill: var(--soft); font-size: 11px; white-space: pre; }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; color: var(--soft); font-size: var(--small); margin-top: 10px; padding: 0; list-style: none; }

/* Reports */
header .kicker { color: var(--soft); margin: 40px 0 10px; }
.kicker .badge { margin-left: 6px; }
.lead { color: var(--soft); max-width: 68ch; margin-top: 10px; font-size: 16px; overflow-wrap: anywhere; }
.told { padding-left: 20px; margin-top: 8px; }
.told li { overflow-wrap: anywhere; }
.note { color: var(--soft); max-width: 72ch; margin-bottom: 14px; }
.prose > * { max-width: 72ch; }
.prose p + p, .prose ul + p { margin-top: 10px; }
.prose ul { padding-left: 20px; }
.prose li + li { margin-top: 8px; }
.report .facts { grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 18px 28px; margin-top: 28px; padding: 18px 0; border: solid var(--line); border-width: 1px 0; }
.report thead th { border-bottom-color: var(--soft); }
.report td small { display: block; }
.grid { display: grid; gap: 20px; margin-top: 16px; }
.grid.large { grid-template-columns: repeat(auto-fill, minmax(min(430px, 100%), 1fr)); }
.grid.small-multiples { grid-template-columns: repeat(auto-fill, minmax(min(290px, 100%), 1fr)); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px 12px; min-width: 0; break-inside: avoid; }
.card .scroll { --page: var(--card); }
.card p { color: var(--soft); font-size: 14px; margin-top: 2px; overflow-wrap: anywhere; }
.card .chart { margin-top: 12px; }
.card.wide { max-width: 520px; margin-top: 16px; }
.drifted { --current: var(--warn); }
.title { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 4px 12px; }
.key span::before { content: ""; display: inline-block; width: 14px; height: 12px; margin-right: 7px; vertical-align: -1px; background: var(--reference); }
.key .now::before { width: 6px; height: 14px; background: var(--current); vertical-align: -2px; }
.bar { display: inline-block; width: 72px; height: 6px; margin-left: 8px; border-radius: 3px; background: var(--wash); vertical-align: 2px; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--current); border-radius: 3px; }
.meter { margin-top: 26px; }
.levels { list-style: none; padding: 0; margin-top: 8px; font-size: 14px; }
.levels li { display: flex; justify-content: space-between; gap: 12px; padding: 3px 0; font-variant-numeric: tabular-nums; }
.levels li > :first-child { min-width: 0; overflow-wrap: anywhere; }
.levels .figure { white-space: nowrap; }
footer { color: var(--soft); font-size: var(--small); margin-top: 56px; }
footer p { border-top: 1px solid var(--line); padding: 16px 0 48px; overflow-wrap: anywhere; }

/* The console */
.console main { padding-bottom: 48px; }
.console h1 { font-size: 24px; margin: 6px 0 10px; }
.console h2 { font-size: 15px; margin-bottom: 8px; }
.console section { margin-top: 22px; }
.console :is(p + p, p + ul, p + dl, p + .scroll, .scroll + p, .facts + p) { margin-top: 8px; }
.console :is(th, td) { padding-top: 6px; padding-bottom: 6px; }
.console tbody :is(th, td) { white-space: normal; }
.console tbody th:has(> .id) { min-width: 24ch; }
.console tbody :is(.number, time) { white-space: nowrap; }
.console .words { min-width: 22ch; max-width: 62ch; overflow-wrap: anywhere; }
.console caption, .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
nav { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 18px; padding: 12px 0; border-bottom: 1px solid var(--line); }
nav.crumbs { border: 0; padding: 10px 0 0; gap: 6px; color: var(--soft); }
.brand { font-weight: 700; color: var(--ink); text-decoration: none; }
.live { margin-left: auto; color: var(--soft); font-size: var(--small); }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 8px; top: 8px; background: var(--card); padding: 6px 10px; }
.flash, .message, .needs li { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--soft); border-radius: 6px; padding: 10px 14px; }
.flash { border-left-color: var(--good); margin-top: 12px; }
.message { border-left-color: var(--bad); max-width: 80ch; white-space: pre-line; overflow-wrap: anywhere; }
.detail { white-space: pre-wrap; overflow-wrap: anywhere; max-width: 88ch; }
.detail code { background: var(--wash); border-radius: 4px; padding: 0 4px; }
.needs { list-style: none; padding: 0; display: grid; gap: 8px; }
.needs li { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 12px; }
.needs li > :first-child { flex: none; }
.needs .grow { flex: 1 1 320px; min-width: 0; overflow-wrap: anywhere; }
.needs details[open].grow { flex-basis: 100%; }
.needs .critical { border-left-color: var(--bad); }
.needs .warning { border-left-color: var(--warn); }
summary { cursor: pointer; }
details.rows { margin: 8px 0; }
.console .told + .chart { margin-top: 10px; }
details.rows > summary, .report details > summary { color: var(--soft); font-size: var(--small); }
.report .scroll + details { margin-top: 12px; }
.unknown { overflow-wrap: anywhere; }
.steps { list-style: none; font-weight: 400; padding: 2px 0 0; color: var(--soft); min-width: 30ch; overflow-wrap: anywhere; }
.actions { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 10px; }
td .actions { margin-top: 0; }
.button, button { display: inline-block; font: inherit; font-size: 13px; padding: 2px 10px; border: 1px solid var(--line); border-radius: 6px; background: var(--card); color: var(--ink); text-decoration: none; white-space: nowrap; cursor: pointer; }
.reads a.button[href^="/actions/"] { display: none; }
.button:hover, button:hover { border-color: var(--soft); }
button.strong { background: var(--ink); color: var(--page); border-color: var(--ink); padding: 6px 16px; }
form.plain { display: grid; gap: 12px; max-width: 520px; margin-top: 12px; }
form label { display: grid; gap: 3px; font-size: 13px; color: var(--soft); }
form .row { display: flex; gap: 14px; align-items: baseline; }
input, select { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--soft); border-radius: 6px; padding: 6px 9px; width: 100%; }
input[type='checkbox'] { width: auto; vertical-align: middle; }
form label.tick { display: inline; }
.band { fill: var(--current); opacity: 0.18; }
.spread { stroke: var(--current); stroke-width: 6; opacity: 0.22; }
.curve { fill: none; stroke: var(--current); stroke-width: 1.8; }
.point { fill: var(--current); }
.second:is(.band, .point) { fill: var(--warn); }
.second:is(.spread, .curve) { stroke: var(--warn); }
.curve.second { stroke-dasharray: 5 3; }
.here { stroke: var(--soft); stroke-dasharray: 2 3; }
form.try { margin-top: 10px; }
form.try .row { margin-top: 10px; }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(170px, 100%), 1fr)); gap: 8px 14px; margin-top: 8px; }
.score { font-size: 20px; font-variant-numeric: tabular-nums; }
.bars.effect { display: inline-block; margin-right: 6px; }
.raises { fill: var(--warn); }
.lowers { fill: var(--good); }
.key .key-curve { height: 0; border-top: 3px solid var(--current); vertical-align: 4px; }
.key .key-curve.second { border-top: 3px dashed var(--warn); }
.importance { fill: var(--current); }
.whisker { stroke: var(--mark); stroke-width: 1.6; }
.bars svg { display: block; margin-top: 4px; }
.chart.scroll svg { max-width: none; }
/* Begins at the newest, which is at the right; what the rows are called stays. */
.newest { direction: rtl; }
.newest > div { direction: ltr; display: flex; width: max-content; min-width: 100%; }
.newest svg { flex: none; }
.newest svg:first-child { position: sticky; left: 0; background: var(--page); }
.grid-line { stroke: var(--line); }
.promotion { stroke: var(--soft); stroke-dasharray: 3 3; }
.metric-line { fill: none; stroke: var(--link); stroke-width: 1.6; }
.metric-dot { fill: var(--link); }
.spark { vertical-align: middle; }
.h0, .f0 { fill: var(--heat-0); }
.f1 { fill: var(--far-1); }
.f2 { fill: var(--far-2); }
.f3 { fill: var(--far-3); }
.h1 { fill: var(--heat-1); }
.h2, rect.drifting { fill: var(--heat-2); }
.h3, rect.severe { fill: var(--heat-3); }
.hnone { fill: none; stroke: var(--line); }
rect.stable { fill: var(--good); }
rect.abstained { fill: var(--line); }
.key svg { vertical-align: -1px; margin-right: 5px; }
.state { font-size: 16px; max-width: 80ch; overflow-wrap: anywhere; }
.way { list-style: none; display: flex; gap: 4px; padding: 0; margin: 12px 0; }
.way li { flex: 1 1 0; min-width: 0; padding: 6px 10px; border-radius: 6px; background: var(--wash); border-bottom: 4px solid var(--line); }
.way :is(b, small) { display: block; }
.way .done { border-bottom-color: var(--good); }
.way .now { background: var(--card); border-bottom-color: var(--current); box-shadow: inset 0 0 0 1px var(--line); }
.way .ended { border-bottom-color: var(--soft); }
.shares { display: block; width: 100%; height: 22px; border-radius: 4px; margin-top: 12px; }
.shares + .key { margin: 6px 0 14px; }
.share-champion { fill: var(--reference); background: var(--reference); }
.share-challenger { fill: var(--current); background: var(--current); }
.key i { display: inline-block; width: 16px; height: 11px; margin-right: 7px; vertical-align: -1px; }
.rollout { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; margin-bottom: 12px; }
.rollout .key { margin-bottom: 0; }
.checks { list-style: none; padding: 0; }
.checks li { display: grid; grid-template-columns: 1fr minmax(0, 520px); gap: 8px 24px; padding: 14px 0; border-bottom: 1px solid var(--line); }
.checks p { max-width: 60ch; overflow-wrap: anywhere; }
.interval, .key-interval { fill: var(--current); background: var(--current); opacity: 0.28; }
.limit { stroke: var(--bad); stroke-width: 1.4; stroke-dasharray: 5 4; }
.beyond, .key-beyond { fill: var(--bad-wash); background: var(--bad-wash); }
.same { fill: var(--good-wash); background: var(--good-wash); }
.zero { stroke: var(--soft); stroke-width: 1.2; }
.key .key-zero { height: 0; border-top: 2px solid var(--soft); vertical-align: 4px; }
.key .key-line { height: 0; border-top: 2px solid var(--link); vertical-align: 4px; }
.key .key-limit { height: 0; border-top: 2px dashed var(--bad); vertical-align: 4px; }

@media (max-width: 600px) {
  body { --edge: 16px; }
  body.console { --edge: 14px; }
  header .kicker { margin-top: 24px; }
  h1 { font-size: 24px; }
  section { margin-top: 36px; }
  .facts, .report .facts { grid-template-columns: 1fr 1fr; gap: 14px 18px; font-size: 14px; }
  .card { padding: 14px 14px 10px; }
  .report tbody th:first-child { position: sticky; left: 0; background: var(--page); max-width: 42vw; }
  .report .chart text { font-size: 12.5px; }
  /* Tables scroll sideways here: wide sentences keep their rows low. */
  .console .words { min-width: 44ch; }
  .way li { padding: 5px 7px; }
  .checks li { grid-template-columns: minmax(0, 1fr); }
  /* A chart drawn for a desk shrinks to a half, and its words with it. */
  .console .chart:not(.scroll) text { font-size: 19px; }
  .console .chart.curves:not(.scroll) text { font-size: 11px; }
}
@media print {
  :root { color-scheme: light; --page: #fff; }
  body, .card p, .levels { font-size: 11px; }
  small, .small, .facts dt, .key, thead th, thead th small, .badge, footer { font-size: 10px; }
  h1 { font-size: 22px; }
  h2 { font-size: 15px; }
  h3, .lead { font-size: 12px; }
  .grid.large { grid-template-columns: 1fr 1fr; }
  .grid.small-multiples { grid-template-columns: 1fr 1fr 1fr; }
  .grid { gap: 12px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main, footer { max-width: none; padding: 0; }
  section { margin-top: 24px; }
  .scroll { overflow: visible; }
  th, td { padding: 4px 6px; }
  h2, caption, thead { break-after: avoid; }
  tr, figure { break-inside: avoid; }
}
`;
