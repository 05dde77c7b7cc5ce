import type { Pipeline } from '../../declaration/pipeline.ts';
import { levelOf } from '../alarm/level.ts';
import { columnsBehind, type ColumnDrift, type Level, type Verdict } from '../verdict.ts';
import type { FindingKindOf } from './finding.ts';
import { leadsToInWords } from './leads-to.ts';
import { brokenColumns } from './quality.ts';

type Judged = Pick<Verdict, 'columns' | 'level' | 'abstained' | 'alarm' | 'unsure'>;

/** The columns behind a verdict's level whose values moved, without those that are no longer filled. */
export function movedColumns(verdict: Pick<Verdict, 'columns' | 'alarm'>): string[] {
  const broken = brokenColumns(verdict).map(({ column }) => column);
  return columnsBehind(verdict).filter((column) => !broken.includes(column));
}

/** The level without the columns that are no longer filled as declared: a model cannot learn what is missing. */
export function levelWithoutBroken(verdict: Judged, drift: Pipeline['drift']): Level {
  const broken = brokenColumns(verdict);
  if (verdict.level === 'stable' || broken.length === 0) return verdict.level;
  const columns = verdict.columns.map((column) => (broken.includes(column) ? { ...column, drifted: false } : column));
  const level = levelOfShare(columns, drift);
  const { abstained, unsure } = verdict;
  if (!verdict.alarm) return levelOf(unsure === undefined ? {} : { unsure }, { level, columns, abstained }, drift);
  const raised = verdict.alarm.raised.filter(({ column }) => broken.every((other) => other.column !== column));
  const voting = columns.filter(({ column }) => broken.every((other) => other.column !== column));
  return levelOf({ alarm: { ...verdict.alarm, raised } }, { level, columns: voting, abstained }, drift);
}

function levelOfShare(columns: readonly ColumnDrift[], { warn, severe }: Pipeline['drift']): Level {
  const weightOf = (of: readonly ColumnDrift[]): number =>
    of.reduce((sum, { votes, weight }) => (votes ? sum + weight : sum), 0);
  const drifted = weightOf(columns.filter((column) => column.drifted));
  const reaches = (share: number): boolean => drifted > 0 && drifted >= share * weightOf(columns) - 1e-9;
  return reaches(severe) ? 'severe' : reaches(warn) ? 'drifting' : 'stable';
}

const whileMild = ({ unsure }: Judged): string =>
  unsure === undefined
    ? 'It alerts, and asks for a model if it becomes severe.'
    : 'It alerts. No model is asked for while the alarm cannot judge.';

export const inputs: FindingKindOf = {
  title: 'Inputs',
  find(verdict, drift) {
    const moved = movedColumns(verdict);
    const level = levelWithoutBroken(verdict, drift);
    if (level === 'stable' || verdict.abstained !== null || moved.length === 0) return null;
    return {
      says: `What the model is asked about moved: ${moved.join(', ')}.`,
      follows:
        level === 'severe' || verdict.leadsTo?.drift ? leadsToInWords(verdict.leadsTo?.drift) : whileMild(verdict),
    };
  },
};
