import type { Pipeline } from '../declaration/pipeline.ts';
import type { Verdict } from '../drift/verdict.ts';
import { mailHtml } from '../channels/mail-html.ts';
import { versionName } from '../base/ids.ts';
import { shortTime } from '../time/time.ts';
import { driftAlert } from './drift-alert.ts';
import { figuresOf } from './figures.ts';

/** The report of a check as mail programs show it: words and tables, without drawings. */
export function reportMail(verdict: Verdict, pipeline: Pick<Pipeline, 'drift' | 'gates'>): string {
  const { asOf, window, rows, version, abstained } = verdict;
  const alert = abstained === null ? driftAlert(verdict, pipeline.drift) : null;
  const summary = alert?.summary ?? `${verdict.pipeline}: ${abstained === null ? 'no drift' : 'too few rows to tell'}`;
  const compared =
    `The check of ${shortTime(asOf)} compared ${rows.current} rows from ${shortTime(window.from)} to ${shortTime(window.to)} ` +
    `with ${rows.reference} that ${versionName(version)} was tested on.`;
  return mailHtml({
    telling: alert ? 'opened' : 'resolved',
    severity: alert?.severity ?? 'info',
    subject: summary,
    text: [summary, ...(alert ? [alert.detail] : [compared, ...(abstained === null ? [] : [abstained])])].join('\n\n'),
    figures: figuresOf(verdict, pipeline),
  });
}
