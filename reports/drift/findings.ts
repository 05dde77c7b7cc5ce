import { type RedactedPipeline, type RedactedVerdict } from '../../core/declaration/redaction/redaction.ts';
import { findingsOf, type Finding } from '../../core/drift/findings/index.ts';
import { type NextTraining } from '../../core/training/retraining/next-training.ts';
import { counted, moment } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { table } from '../../pages/table.ts';

/** What kinds of change there are, and what each leads to. */
export function findingsSection(verdict: RedactedVerdict, { drift }: RedactedPipeline): Html {
  const findings = findingsOf(verdict, drift);
  if (findings.length === 0) return nothing;
  return html`<section>
    <h2>What kind of change</h2>
    ${table<Finding>(
      'Each kind has its own consequence.',
      [
        { head: 'Kind', cell: ({ title }) => title },
        { head: 'Found', words: true, cell: ({ says }) => says },
        { head: 'What follows', words: true, cell: ({ follows }) => follows },
      ],
      findings,
    )}
  </section>`;
}

const MOST_ASKED = 3;

/** Whether a training is asked for, and what it waits for. */
export const trainingSection = (
  { asked, cycle, waits, spent }: NextTraining,
  { asOf }: RedactedVerdict,
  { retraining }: RedactedPipeline,
): Html => {
  const what = asked
    .slice(-MOST_ASKED)
    .map(({ reason, detail }) => (detail === '' ? reason : detail))
    .concat(asked.length > MOST_ASKED ? [`and ${asked.length - MOST_ASKED} more`] : [])
    .join('; ');
  const says =
    asked.length === 0
      ? 'No training is asked for: this check asks for none, and no earlier request waits.'
      : `A training is asked for: ${what}.`;
  const then =
    cycle !== null
      ? `Cycle ${cycle} is under way.`
      : waits
        ? `It waits until ${moment(waits.until)}: ${waits.why}.`
        : asked.length === 0
          ? ''
          : retraining.minNewRows === undefined
            ? 'It waits for nothing, and starts.'
            : `It starts once ${counted(retraining.minNewRows, 'row')} with mature labels have come since the last training.`;
  return html`<section class="prose">
    <h2>Decision</h2>
    <p>${says} ${then}</p>
    <p class="note">
      As of ${moment(asOf)}. Trainings that nobody asks for by hand are at least ${retraining.cooldown} apart, and at
      most ${retraining.trainingsPerWeek} a week; the last seven days had ${spent}.
    </p>
  </section>`;
};
