import { metricTitle } from '../core/metrics/index.ts';
import { versionName } from '../core/base/ids.ts';
import { DAY } from '../core/time/time.ts';
import { counted, day, decimal, list, percent } from '../pages/format.ts';
import { html, type Html } from '../pages/html.ts';
import { type ModelCard } from './model-card.ts';

const FEW_POSITIVES = 200; // the interval of a share of 200 is already some 14 % wide
const YEAR_DAYS = 365;

/** What follows from the facts of this version and is worth knowing before it is trusted. */
export function limitsOf({ version, pipeline, artifact, snapshot }: ModelCard): string[] {
  const { splits, evaluation } = version;
  const { challenger, champion, difference } = evaluation;
  const days = (Date.parse(splits.to) - Date.parse(splits.from)) / DAY;
  const failed = snapshot.expectations.filter((expectation) => !expectation.passed);
  const levels = artifact.encodings.filter((encoding) => encoding.kind === 'category');
  const { label, gates } = pipeline;
  return [
    label.kind === 'binary' && challenger.positives < FEW_POSITIVES
      ? `The holdout has ${counted(challenger.positives, 'positive')}: its metrics could be noticeably different on another period.`
      : '',
    difference && difference.low <= 0 && difference.high >= 0
      ? `The interval of the difference includes zero, so it is not shown that ${versionName(version.version)} is better than the champion it was compared with.`
      : '',
    champion === null ? 'Nothing served before it: it was compared with knowing nothing, not with a model.' : '',
    challenger.averagePrecision != null && challenger.rows > 0
      ? `${metricTitle('averagePrecision')} depends on how rare positives are: ${percent(challenger.positives / challenger.rows, 2)} in this holdout, where guessing would reach ${decimal(challenger.positives / challenger.rows, 4)}.`
      : '',
    days < YEAR_DAYS
      ? `It has seen ${counted(Math.round(days), 'day')}, less than a year: seasons beyond them are unknown to it.`
      : '',
    `It knows nothing after ${day(splits.to)}: newer rows had no mature labels when it was trained.`,
    label.whenAbsent === undefined
      ? `Rows that had no ${label.name} by then taught it nothing, and may be unlike those that had.`
      : label.whenAbsent === 0
        ? `A row without a ${label.name} label ${label.maturesAfter} later counts as negative; a label that comes later still is missed.`
        : `A row without a ${label.name} label ${label.maturesAfter} later counts as positive; a label that comes later still is missed.`,
    levels.length > 0
      ? `A level of ${list(levels.map(({ column }) => column))} that is not in its inputs is read as no level at all.`
      : '',
    failed.length > 0
      ? `Its snapshot failed ${counted(failed.length, 'expectation')}: ${list(failed.map(({ column, name }) => (column === null ? name : `${column} ${name}`)))}.`
      : '',
    challenger[gates.metric] == null
      ? `${metricTitle(gates.metric)}, the gate's metric, has no meaning on this holdout.`
      : '',
    'Metrics are over all rows together; groups of people or things were not looked at one by one.',
  ].filter(Boolean);
}

export const limits = (card: ModelCard): Html =>
  html`<section class="prose">
    <h2>Limits</h2>
    <ul>
      ${limitsOf(card).map((limit) => html`<li>${limit}</li>`)}
    </ul>
  </section>`;
