import { shortTime } from '../../time/time.ts';
import type { Alarm, ColumnAlarm } from './alarm.ts';
import type { Change } from './contrasts.ts';
import { rateInWords } from './rate.ts';

const words: Record<Change, Record<ColumnAlarm['direction'], string>> = {
  location: { higher: 'has been higher than usual', lower: 'has been lower than usual' },
  spread: { higher: 'has varied more than usual', lower: 'has varied less than usual' },
  nulls: { higher: 'has been missing more often than usual', lower: 'has been missing less often than usual' },
  levels: { higher: 'has had other levels than usual', lower: 'has had other levels than usual' },
};

/** The columns behind an alarm, each once, the earliest first. */
export const alarmedColumns = ({ raised }: Alarm): string[] => [
  ...new Set(firstOf(raised).map(({ column }) => column)),
];

/** alarmInWords(alarm) // => 'amount has been higher than usual since 2026-03-09T00:00Z; by chance that happens at most once a year' */
export function alarmInWords({ raised, rate }: Alarm): string {
  const told = firstOf(raised).map(
    ({ column, of, direction, since }) => `${column} ${words[of][direction]} since ${shortTime(since)}`,
  );
  return `${told.join('; ')}; by chance that happens at most ${rateInWords(rate)}`;
}

/** Of each column, what began first. */
function firstOf(raised: readonly ColumnAlarm[]): ColumnAlarm[] {
  const inOrder = [...raised].sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0));
  return inOrder.filter(({ column }, i) => inOrder.findIndex((other) => other.column === column) === i);
}
