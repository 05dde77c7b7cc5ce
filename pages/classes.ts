import { classNames, countsByClass, f1Of, precisionOf, recallOf, type Named } from '../core/metrics/confusion.ts';
import { type ClassMeasures, type OneClass } from '../core/metrics/class-measures.ts';
import { classCostsOf } from '../core/declaration/class-costs.ts';
import { type Pipeline } from '../core/declaration/pipeline.ts';
import { count, decimal, quantity } from './format.ts';
import { html, nothing, type Html } from './html.ts';
import { table } from './table.ts';

type Declared = Pick<Pipeline, 'label' | 'gates'>;

/** More columns than this cannot be read. */
const WIDEST_TABLE = 10;
const MOST_PAIRS = 20;

/** How well each class is told on the holdout, and for which other it is taken; nothing of labels of another kind. */
export function classTables(
  { confusion }: { confusion?: readonly number[] },
  declared: Named,
  measured?: ClassMeasures,
): Html {
  if (!confusion || confusion.length === 0) return nothing;
  const counts = countsByClass(confusion);
  const names = classNames(declared, counts.length);
  const known = (place: number, name: keyof OneClass['measures'], value: number | null): Html | string => {
    const interval = measured?.each[place]?.measures[name];
    const words = decimal(value, 4);
    return interval
      ? html`${words}<br /><small>${decimal(interval.low, 4)} to ${decimal(interval.high, 4)}</small>`
      : words;
  };
  return html`${table<number>(
    `How well each class is told on the holdout, where the ${measured?.cost ? 'one that is expected to cost least' : 'likeliest'} is the answer.`,
    [
      { head: 'Class', cell: (place) => names[place]! },
      { head: 'Rows', number: true, cell: (place) => count(counts[place]!.rows) },
      { head: 'Answered', number: true, cell: (place) => count(counts[place]!.taken) },
      { head: 'Precision', number: true, cell: (place) => known(place, 'precision', precisionOf(counts[place]!)) },
      { head: 'Recall', number: true, cell: (place) => known(place, 'recall', recallOf(counts[place]!)) },
      { head: 'F1', number: true, cell: (place) => known(place, 'f1', f1Of(counts[place]!)) },
    ],
    counts.map((_, place) => place),
  )}
  ${counts.length <= WIDEST_TABLE ? confusionTable(confusion, names) : confusedPairs(confusion, names)}`;
}

/** What is declared that answers cost, and what those on the holdout did; nothing where no costs are declared. */
export function costsOfAnswers(pipeline: Declared, measured?: ClassMeasures): Html {
  const costs = classCostsOf(pipeline);
  if (!costs) return nothing;
  const names = classNames(pipeline, costs.length);
  const { cost } = measured ?? {};
  const found =
    cost &&
    html`<p>
      On the holdout an answer cost ${quantity(cost.value)} a row on average (${quantity(cost.low)} to
      ${quantity(cost.high)}).
    </p>`;
  return html`${found ?? nothing}
  ${costs.length <= WIDEST_TABLE ? byAnswer('What an answer costs.', names, (cell) => quantity(costs.flat()[cell]!)) : nothing}`;
}

const confusionTable = (confusion: readonly number[], names: readonly string[]): Html =>
  byAnswer('Confusion: rows of each class, by the class that was answered.', names, (cell) => count(confusion[cell]!));

/** A line for each class, and a column for each that a row of it may be answered with. */
const byAnswer = (caption: string, names: readonly string[], cell: (cell: number) => string): Html =>
  table<number>(
    caption,
    [
      { head: 'Class', cell: (place) => names[place]! },
      ...names.map((name, answered) => ({
        head: name,
        hint: 'answered',
        number: true,
        cell: (place: number) => cell(place * names.length + answered),
      })),
    ],
    names.map((_, place) => place),
  );

function confusedPairs(confusion: readonly number[], names: readonly string[]): Html {
  const width = names.length;
  const pairs = confusion
    .map((rows, at) => ({ rows, is: Math.floor(at / width), answered: at % width }))
    .filter(({ rows, is, answered }) => rows > 0 && is !== answered)
    .sort((a, b) => b.rows - a.rows);
  return table<(typeof pairs)[number]>(
    `Confusion: the classes most often taken for another${pairs.length > MOST_PAIRS ? `, ${MOST_PAIRS} of ${count(pairs.length)} pairs` : ''}.`,
    [
      { head: 'Class', cell: ({ is }) => names[is]! },
      { head: 'Answered', cell: ({ answered }) => names[answered]! },
      { head: 'Rows', number: true, cell: ({ rows }) => count(rows) },
    ],
    pairs.slice(0, MOST_PAIRS),
    'No row was taken for another class.',
  );
}
