import { SCORE } from '../../data/profiles/binning.ts';
import type { Alarm, ColumnAlarm } from './alarm.ts';
import type { Blind } from './blind.ts';
import type { Findable } from './findable.ts';
import type { Change } from './contrasts.ts';

const words: Record<Change, Record<ColumnAlarm['direction'], string>> = {
  location: { higher: 'has been higher than usual', lower: 'has been lower than usual' },
  spread: { higher: 'has varied more than usual', lower: 'has varied less than usual' },
  nulls: { higher: 'has been missing more often than usual', lower: 'has been missing less often than usual' },
  levels: { higher: 'has had other levels than usual', lower: 'has had other levels than usual' },
};

/** columnTitle('_score') // => 'the score' */
export const columnTitle = (column: string): string => (column === SCORE ? 'the score' : column);

/** The columns behind an alarm, the score among them, each once, the earliest first. */
export const alarmedColumns = ({ raised }: Alarm): string[] => [
  ...new Set(firstOf(raised).map(({ column }) => column)),
];

/**
 * howUnusual(raised) // => 'has been higher than usual', or where that is little by itself 'has, like others, been higher than
 * usual'
 */
export function howUnusual({ of, direction, together }: Pick<ColumnAlarm, 'of' | 'direction' | 'together'>): string {
  const found = words[of][direction];
  return together ? found.replace(/^has /, 'has, like others, ') : found;
}

/** Why an alarm cannot tell what is usual: too few hours with rows are known. */
export const tooEarlyInWords = ({ known, needed }: { known: number; needed: number }): string =>
  `it is too early to tell what is usual: rows of ${Math.floor(known)} hours are known, and ${needed} are needed`;

const whyNot: Record<Blind['why'], (columns: string, rows: string) => string> = {
  rows: (columns, rows) => `${rows} a week are too few for ${columns}`,
  unknown: (columns) => `too few hours with rows are known of ${columns}`,
  constant: (columns) => `all rows count as one value in ${columns}`,
  levels: (columns) => `nearly all rows have levels that are too rare to be counted in ${columns}`,
  restless: (columns) => `hours differ by more than that in ${columns}`,
};

/** Or no column can be watched, each for its reason. */
export function blindInWords(rowsAWeek: number, blind: readonly Blind[]): string {
  const count = Math.round(rowsAWeek);
  const rows = `${count.toLocaleString('en-US')} ${count === 1 ? 'row' : 'rows'}`;
  if (blind.every(({ why }) => why === 'rows'))
    return `${rows} a week are too few to find a shift of one standard deviation in any column`;
  const reasons = (Object.keys(whyNot) as Blind['why'][]).flatMap((reason) => {
    const columns = blind.flatMap(({ column, why }) => (why === reason ? [columnTitle(column)] : []));
    return columns.length === 0 ? [] : [whyNot[reason](someOf(columns), rows)];
  });
  return `a shift of one standard deviation would show in no column: ${reasons.join('; ')}`;
}

const MOST_NAMED = 10;
const someOf = (columns: readonly string[]): string =>
  columns.length > MOST_NAMED
    ? `${columns.slice(0, MOST_NAMED).join(', ')} and ${columns.length - MOST_NAMED} more`
    : columns.join(', ');

/** findsInWords(finds) // => 'amount from 0.3 standard deviations, device from 12 % more or fewer of a level, nothing in age' */
export function findsInWords(finds: readonly Findable[]): string {
  const found = finds.flatMap(({ column, of, least, newLevels }) => {
    if (least === null) return [];
    if (of === 'number') return [`${columnTitle(column)} from ${Number(least.toPrecision(2))} standard deviations`];
    const percent = `${Math.ceil(100 * least)} %`;
    return [`${column} from ${percent} ${newLevels ? 'of rows with new levels' : 'more or fewer of a level'}`];
  });
  const not = finds.flatMap(({ column, least }) => (least === null ? [columnTitle(column)] : []));
  return [...found, ...(not.length > 0 ? [`nothing in ${not.join(', ')}`] : [])].join(', ');
}

/** Of each column, what began first. */
export function firstOf(raised: readonly ColumnAlarm[]): ColumnAlarm[] {
  const inOrder = [...raised].sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0));
  return inOrder.filter(({ column }, i) => inOrder.findIndex((other) => other.column === column) === i);
}
