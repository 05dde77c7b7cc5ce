import type { Pipeline } from '../../declaration/pipeline.ts';
import { SCORE } from '../../data/profiles/binning.ts';
import { levelOf } from '../alarm/level.ts';
import { columnsBehind, warnedColumns, type ColumnDrift, type Level, type Verdict } from '../verdict.ts';
import type { Checked, FindingKindOf } from './finding.ts';
import { leadsToInWords } from './leads-to.ts';
import { brokenColumns, filledAgain, type Filled } from './quality.ts';

type Judged = Pick<Verdict, 'score' | 'level' | 'abstained' | 'unsure'> & Filled;

/**
 * The columns behind a verdict's level whose values moved, the score among them, without those that are no longer filled,
 * or were not: then scores move for their sake.
 */
export function movedColumns(verdict: Filled): string[] {
  const left = leftOut(verdict);
  return columnsBehind(verdict).filter((column) => !left.includes(column));
}

function leftOut(verdict: Filled): string[] {
  const broken = [...brokenColumns(verdict), ...filledAgain(verdict)].map(({ column }) => column);
  return broken.length > 0 ? [...broken, SCORE] : [];
}

/** The level without the columns that are no longer filled as declared: a model cannot learn what is missing. */
export function levelWithoutBroken(verdict: Judged, drift: Pipeline['drift']): Level {
  const broken = [...brokenColumns(verdict), ...filledAgain(verdict)];
  if (verdict.level === 'stable' || broken.length === 0) return verdict.level;
  const columns = verdict.columns.map((column) => (broken.includes(column) ? { ...column, drifted: false } : column));
  const level = levelOfShare(columns, drift);
  const { score, abstained, unsure } = verdict;
  const judged = { level, score, abstained };
  if (!verdict.alarm) return levelOf(unsure === undefined ? {} : { unsure }, { ...judged, columns }, drift);
  const left = leftOut(verdict);
  const raised = verdict.alarm.raised.filter(({ column }) => !left.includes(column));
  const warned = warnedColumns(verdict).filter((column) => !left.includes(column));
  const voting = columns.filter(({ column }) => !left.includes(column));
  return levelOf({ alarm: { ...verdict.alarm, raised, warned } }, { ...judged, columns: voting }, drift);
}

function levelOfShare(columns: readonly ColumnDrift[], { warn, severe }: Pipeline['drift']): Level {
  const weightOf = (of: readonly ColumnDrift[]): number =>
    of.reduce((sum, { votes, weight }) => (votes ? sum + weight : sum), 0);
  const drifted = weightOf(columns.filter((column) => column.drifted));
  const reaches = (share: number): boolean => drifted > 0 && drifted >= share * weightOf(columns) - 1e-9;
  return reaches(severe) ? 'severe' : reaches(warn) ? 'drifting' : 'stable';
}

/** Whether only columns that the alarm is blind for are behind the level. */
export const onlyWarns = (verdict: Pick<Verdict, 'alarm'>): boolean =>
  warnedColumns(verdict).length > 0 && verdict.alarm!.raised.length === 0;

/** What follows of columns that moved, or of the score. */
export function movesLeadTo(verdict: Checked, drift: Pipeline['drift']): string {
  const level = levelWithoutBroken(verdict, drift);
  return level === 'severe' || verdict.leadsTo?.drift ? leadsToInWords(verdict.leadsTo?.drift) : whileMild(verdict);
}

const whileMild = (verdict: Judged): string =>
  verdict.unsure === undefined && !onlyWarns(verdict)
    ? 'It alerts, and asks for a model if it becomes severe.'
    : 'It alerts. No model is asked for while the alarm cannot judge.';

export const inputs: FindingKindOf = {
  title: 'Inputs',
  find(verdict, drift) {
    const moved = movedColumns(verdict).filter((column) => column !== SCORE);
    if (levelWithoutBroken(verdict, drift) === 'stable' || verdict.abstained !== null || moved.length === 0)
      return null;
    return {
      says: `What the model is asked about moved: ${moved.join(', ')}.`,
      follows: movesLeadTo(verdict, drift),
    };
  },
};
