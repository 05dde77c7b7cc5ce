/** One look for all reports: quiet greys, one blue for "now", one orange for "look here". System fonts, no request. */
export const styles = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #ffffff; --ink: #1b1f24; --soft: #5b6470; --line: #e2e4e7; --wash: #f1f2f4;
  --reference: #cbd2da; --current: #2f6db3; --mark: #14181d;
  --good: #25724a; --warn: #b45309; --bad: #b42318;
  --good-wash: #e8f4ed; --warn-wash: #fdf1e0; --bad-wash: #fdebe9;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1b1f23; --ink: #e7e9ec; --soft: #a0a8b2; --line: #30363d; --wash: #22272c;
    --reference: #505a66; --current: #74acec; --mark: #f4f5f6;
    --good: #6cc493; --warn: #f0a04b; --bad: #f47f72;
    --good-wash: #1c2f25; --warn-wash: #38291a; --bad-wash: #3b2221;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, footer { max-width: 1040px; margin: 0 auto; padding: 0 24px; }
header { padding: 40px 0 8px; }
h1, h2, h3, p, dl, figure { margin: 0; }
h1 { font-size: 30px; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; text-wrap: balance; }
h2 { font-size: 19px; line-height: 1.3; font-weight: 650; margin-bottom: 6px; }
h3 { font-size: 15px; font-weight: 650; overflow-wrap: anywhere; }
section { margin-top: 44px; }
.kicker { color: var(--soft); margin-bottom: 10px; }
.lead { color: var(--soft); max-width: 68ch; margin-top: 10px; font-size: 16px; overflow-wrap: anywhere; }
.note { color: var(--soft); max-width: 72ch; margin-bottom: 14px; }
.prose > * { max-width: 72ch; }
.prose p + p, .prose ul + p { margin-top: 10px; }
.prose ul { padding-left: 20px; margin: 0; }
.prose li + li { margin-top: 8px; }
code, .id { font: 0.9em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 999px; font-size: 13px; font-weight: 600; white-space: nowrap; background: var(--wash); color: var(--soft); }
.badge.good { background: var(--good-wash); color: var(--good); }
.badge.warn { background: var(--warn-wash); color: var(--warn); }
.badge.bad { background: var(--bad-wash); color: var(--bad); }
.kicker .badge { margin-left: 6px; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 18px 28px; margin-top: 28px; padding: 18px 0; border: solid var(--line); border-width: 1px 0; }
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 0; font-weight: 550; overflow-wrap: anywhere; }
.facts dd small { display: block; font-weight: 400; }
small, .small { font-size: 13px; color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 12px; }
caption span { display: block; max-width: min(72ch, calc(100vw - 32px)); }
th, td { padding: 8px 11px; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 550; }
th small { font-weight: 400; }
.unbroken { white-space: nowrap; }
thead th { color: var(--soft); font-size: 13px; line-height: 1.35; vertical-align: bottom; border-bottom-color: var(--soft); }
thead th small { display: block; font-size: 12px; font-weight: 400; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
.text { text-align: left; }
td.wrap, th.wrap { white-space: normal; max-width: 48ch; overflow-wrap: break-word; }
td.wrap { min-width: 14ch; }
td small { display: block; }
.over { font-weight: 650; color: var(--warn); }
.grid { display: grid; gap: 20px; margin-top: 16px; }
.grid.large { grid-template-columns: repeat(auto-fill, minmax(min(430px, 100%), 1fr)); }
.grid.small-multiples { grid-template-columns: repeat(auto-fill, minmax(min(290px, 100%), 1fr)); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px 12px; min-width: 0; break-inside: avoid; }
.card p { color: var(--soft); font-size: 14px; margin-top: 2px; overflow-wrap: anywhere; }
.card .chart { margin-top: 12px; }
.card.wide { max-width: 520px; margin-top: 16px; }
.drifted { --current: var(--warn); }
.title { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 4px 12px; }
.chart svg { display: block; max-width: 100%; height: auto; overflow: visible; }
.chart text { fill: var(--soft); font-size: 11px; white-space: pre; }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; color: var(--soft); font-size: 13px; margin-top: 10px; }
.key span::before { content: ""; display: inline-block; width: 14px; height: 12px; margin-right: 7px; vertical-align: -1px; background: var(--reference); }
.key .now::before { width: 6px; height: 14px; background: var(--current); vertical-align: -2px; }
.bar { display: inline-block; width: 72px; height: 6px; margin-left: 8px; border-radius: 3px; background: var(--wash); vertical-align: 2px; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--current); border-radius: 3px; }
.meter { margin-top: 26px; }
ul.levels { list-style: none; padding: 0; margin: 8px 0 0; font-size: 14px; }
.level { display: flex; justify-content: space-between; gap: 12px; padding: 3px 0; font-variant-numeric: tabular-nums; }
.level > :first-child { min-width: 0; overflow-wrap: anywhere; }
.level .figure { white-space: nowrap; }
.level small { display: inline; }
footer { color: var(--soft); font-size: 13px; padding-top: 20px; padding-bottom: 48px; margin-top: 56px; }
footer p { border-top: 1px solid var(--line); padding-top: 16px; overflow-wrap: anywhere; }
@media (max-width: 600px) {
  main, footer { padding-left: 16px; padding-right: 16px; }
  header { padding-top: 24px; }
  h1 { font-size: 24px; }
  section { margin-top: 36px; }
  .facts { grid-template-columns: 1fr 1fr; gap: 14px 18px; font-size: 14px; }
  tbody th:first-child { position: sticky; left: 0; background: var(--page); max-width: 42vw; }
  .card { padding: 14px 14px 10px; }
  .chart text { font-size: 12.5px; }
}
@media print {
  :root { color-scheme: light; --page: #fff; }
  body, .card p, ul.levels { font-size: 11px; }
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
