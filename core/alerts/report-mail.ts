import type { Pipeline } from '../declaration/pipeline.ts';
import type { Verdict } from '../drift/verdict.ts';
import { rowsInWords } from '../drift/reference/choose.ts';
import { findingsBeside } from '../drift/findings/index.ts';
import { mailHtml } from '../channels/mail-html.ts';
import { shortTime } from '../time/time.ts';
import { driftAlert } from './rules/drift-alert.ts';
import { figuresOf } from './figures.ts';
import { counted } from './occurrence.ts';
import { estimateAlert, performanceAlert, qualityAlert } from './rules/performance-alerts.ts';
import { skewAlert, stalenessAlert, volumeAlert } from './rules/trouble-alerts.ts';
import { unwatchedAlert } from './rules/watching-alerts.ts';

/** What a check tells people of, besides drift. */
const alertsOf = [
  qualityAlert,
  performanceAlert,
  volumeAlert,
  skewAlert,
  stalenessAlert,
  estimateAlert,
  unwatchedAlert,
];

/** The report of a check as mail programs show it: words and tables, without drawings. */
export function reportMail(verdict: Verdict, pipeline: Pick<Pipeline, 'drift' | 'gates'>): string {
  const { asOf, window, rows, level, abstained } = verdict;
  const drift = abstained === null ? driftAlert(verdict, pipeline.drift) : null;
  const alerts = [drift, ...alertsOf.map((of) => of(verdict))].filter((alert) => alert !== null);
  const alert = alerts.find(({ severity }) => severity === 'critical') ?? alerts[0];
  const found = abstained !== null ? 'too few rows to tell' : level === 'stable' ? 'no drift' : 'drift';
  const beside = findingsBeside(verdict).map(({ title }) => title.toLowerCase());
  const summary =
    alert?.summary ?? `${verdict.pipeline}: ${found}${beside.length > 0 ? `, but look at ${beside.join(', ')}` : ''}`;
  const compared =
    `The check of ${shortTime(asOf)} compared ${counted(rows.current)} from ${shortTime(window.from)} to ${shortTime(window.to)} ` +
    `with ${counted(rows.reference)} of ${rowsInWords(verdict)}.`;
  const isGood = !alert && beside.length === 0 && abstained === null && level === 'stable';
  return mailHtml({
    telling: isGood ? 'resolved' : 'opened',
    severity: alert?.severity ?? (isGood ? 'info' : 'warning'),
    subject: summary,
    text: [summary, alert?.detail ?? compared, ...(abstained === null ? [] : [abstained])].join('\n\n'),
    figures: figuresOf(verdict, pipeline),
  });
}
