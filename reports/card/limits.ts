import { metricTitle } from '../../core/metrics/index.ts';
import { versionName } from '../../core/base/ids.ts';
import { DAY } from '../../core/time/time.ts';
import { leaksInWords } from '../../core/training/leaks.ts';
import type { Evaluation } from '../../core/training/training.ts';
import { shortEmbargo } from '../../core/training/splits/splitting.ts';
import { counted, day, decimal, list, percent } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';
import { type ModelCard } from './model-card.ts';

const FEW_POSITIVES = 200; // with 200, the interval of a share is already some 14 % wide
const YEAR_DAYS = 365;

/** Why no difference to a champion is told. */
export const whyNoChampion = ({ notCompared }: Evaluation): string =>
  notCompared
    ? `Champion ${versionName(notCompared.version)} could not be compared with: ${notCompared.why}.`
    : 'There was no champion to compare with.';

/** What to know before trusting this version, derived from its facts. */
export function limitsOf({ version, pipeline, artifact, snapshot }: ModelCard): string[] {
  const { splits, evaluation } = version;
  const { challenger, champion, difference } = evaluation;
  const days = (Date.parse(splits.to) - Date.parse(splits.from)) / DAY;
  const failed = snapshot.expectations.filter((expectation) => !expectation.passed);
  const levels = artifact.encodings.filter(({ kind }) => kind === 'category' || kind === 'level');
  const { label, gates } = pipeline;
  const embargo = shortEmbargo(splits, label.maturesAfter);
  return [
    ...(version.leaks ? leaksInWords(version.leaks) : []),
    label.kind === 'binary' && challenger.positives < FEW_POSITIVES
      ? `The holdout has ${counted(challenger.positives, 'positive')}: its metrics could differ noticeably in another period.`
      : '',
    label.kind === 'class' && challenger.positives < FEW_POSITIVES
      ? `The rarest class has ${counted(challenger.positives, 'row')} in the holdout: its precision and recall could differ noticeably in another period.`
      : '',
    difference && difference.low <= 0 && difference.high >= 0
      ? `The interval of the difference includes zero, so there is no evidence that ${versionName(version.version)} is better than the champion it was compared with.`
      : '',
    evaluation.notCompared
      ? `It was compared with a constant prediction, not with champion ${versionName(evaluation.notCompared.version)}: ${evaluation.notCompared.why}.`
      : champion === null
        ? 'No model served before it: it was compared with a constant prediction, not with a model.'
        : '',
    evaluation.leadOutOfFold
      ? 'The holdout is too small to prove that it beats a constant prediction: the rows that folds scored, which are older, had to.'
      : '',
    challenger.averagePrecision != null && challenger.rows > 0
      ? `${metricTitle('averagePrecision')} depends on how rare positives are: ${percent(challenger.positives / challenger.rows, 2)} in this holdout, where guessing would reach ${decimal(challenger.positives / challenger.rows, 4)}.`
      : '',
    days < YEAR_DAYS
      ? `It has seen ${counted(Math.round(days), 'day')}, less than a year, so it does not know the other seasons.`
      : '',
    `It knows nothing after ${day(splits.to)}: newer rows had no mature labels when it trained.`,
    label.whenAbsent === undefined
      ? `It did not learn from rows without a known ${label.name}, which may differ from the others.`
      : label.whenAbsent === 0
        ? `A row without a ${label.name} label ${label.maturesAfter} later counts as negative; a label that arrives after that is missed.`
        : `A row without a ${label.name} label ${label.maturesAfter} later counts as positive; a label that arrives after that is missed.`,
    levels.length > 0
      ? `It treats a level of ${list(levels.map(({ column }) => column))} that is not in its inputs as no level.`
      : '',
    failed.length > 0
      ? `Its snapshot failed ${counted(failed.length, 'expectation')}: ${list(failed.map(({ column, name }) => (column === null ? name : `${column} ${name}`)))}.`
      : '',
    embargo
      ? `The embargo before its ${embargo.before} is ${decimal(embargo.hours, 1)} hours, less than the ${label.maturesAfter} that labels take, so it learnt from fresher rows there than it can have when it serves.`
      : '',
    artifact.trainedWith.negatives !== undefined
      ? `Positives were few: it learnt from all of them and ${percent(artifact.trainedWith.negatives, 1)} of the other rows, and scores as if from all.`
      : '',
    splits.by
      ? `Its holdout is not later than what it learnt from, so its metrics do not tell how it ages.${splits.by.kind === 'stratified' ? ' Rows that belong together may be in several splits.' : ''}`
      : '',
    challenger[gates.metric] == null
      ? `${metricTitle(gates.metric)}, the gate's metric, is undefined on this holdout.`
      : '',
    version.evaluation.slices
      ? ''
      : 'Metrics cover all rows together; no group of people or things was evaluated separately.',
  ].filter(Boolean);
}

export const limits = (card: ModelCard): Html =>
  html`<section class="prose">
    <h2>Limits</h2>
    <ul>
      ${limitsOf(card).map((limit) => html`<li>${limit}</li>`)}
    </ul>
  </section>`;
