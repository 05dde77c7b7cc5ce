import { classNames, countsByClass, f1Of, precisionOf, recallOf } from '../core/metrics/confusion.ts';
import { metricTitle } from '../core/metrics/index.ts';
import type { VersionDetails } from '../operations/index.ts';
import { measuredBy } from '../core/training/versions/measured-by.ts';
import { measureLines } from '../core/training/versions/comparison-words.ts';
import { count, signed, value } from '../core/training/gates/gate-words.ts';
import { worstSlice, type Slice, type Slices } from '../core/training/slices/slices.ts';
import { columns, figure } from './words.ts';

type Shown = Pick<VersionDetails, 'version' | 'declaration'>;

/** How good a version is: what `models compare` tells of it, against a constant prediction and the floor, and its calibration. */
export function qualityLines({ version, declaration }: Shown): string[][] {
  const { evaluation } = version;
  const { gates } = measuredBy(version, declaration);
  const { challenger, lead, leadOutOfFold, measured } = evaluation;
  const error = measured?.calibrationError;
  return [
    ...measureLines({ ...evaluation, metrics: challenger }),
    ...(gates.floor === undefined
      ? []
      : [['Floor', `${metricTitle(gates.metric)} ${value(gates.floor)} (gates.floor)`]]),
    ...(lead
      ? [['To a constant prediction', `${signed(lead.estimate)} (${signed(lead.low)} to ${signed(lead.high)})`]]
      : []),
    ...(leadOutOfFold
      ? [
          [
            'the same in folds',
            `${signed(leadOutOfFold.estimate)} (${signed(leadOutOfFold.low)} to ${signed(leadOutOfFold.high)}) on ${count(leadOutOfFold.rows)} rows`,
          ],
        ]
      : []),
    ...(error == null ? [] : [['Calibration error', value(error)]]),
  ];
}

const MOST_SLICES = 10;

/** The worst slices and the declared ones; null where an earlier release looked at none. */
export function slicesInWords({ version, declaration }: Shown): string | null {
  const { slices } = version.evaluation;
  if (!slices || (slices.list.length === 0 && !slices.tooSmall?.length)) return null;
  const { list, looked, tooSmall = [] } = slices;
  const shown = list.filter(({ declared }, place) => declared || place < MOST_SLICES);
  const lines = shown.map((slice) => [nameOf(slice), `${count(slice.rows)} rows`, figureOf(slice), signed(slice.toAll.estimate)]); // prettier-ignore
  return [
    `Slices by ${metricTitle(measuredBy(version, declaration).gates.metric)}, with their difference to all rows by ${metricTitle(slices.by)}. ${verdictOn(slices)}`,
    columns([...lines, ...tooSmall.map((slice) => [nameOf(slice), `${count(slice.rows)} rows`, 'too small to tell'])]),
    ...(shown.length < looked ? [`${count(looked)} were looked at; the model card has more.`] : []),
  ].join('\n');
}

const nameOf = ({ column, name, declared }: Pick<Slice, 'column' | 'name'> & { declared?: true }): string =>
  declared ? name : `${column} ${name}`;
const figureOf = (slice: Slice): string => `${value(slice.value)} (${value(slice.low)} to ${value(slice.high)})`;

function verdictOn(slices: Slices): string {
  const worst = worstSlice(slices);
  return worst ? `${nameOf(worst)} is surely worse than all rows.` : 'None is surely worse than all rows.';
}

/** How well each class is told; null for labels of another kind. */
export function classesInWords({ version, declaration }: Shown): string | null {
  const counts = countsByClass(version.evaluation.challenger.confusion ?? []);
  if (counts.length === 0) return null;
  const names = classNames(measuredBy(version, declaration), counts.length);
  return `How well each class is told on the holdout:\n${columns([
    ['class', 'rows', 'answered', 'precision', 'recall', 'F1'],
    ...counts.map((each, place) => [
      names[place]!,
      count(each.rows),
      count(each.taken),
      ...(
        [
          ['precision', precisionOf(each)],
          ['recall', recallOf(each)],
          ['f1', f1Of(each)],
        ] as const
      ).map(([name, found]) => {
        const interval = version.evaluation.classes?.each[place]?.measures[name];
        return `${figure(found)}${interval ? ` (${value(interval.low)} to ${value(interval.high)})` : ''}`;
      }),
    ]),
  ])}`;
}
