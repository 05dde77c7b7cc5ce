import { own } from '../../base/own.ts';
import { featuresOf, isFeature, votes } from '../../columns/index.ts';
import { SCORE } from '../../data/profiles/binning.ts';
import { milliseconds } from '../../time/time.ts';
import type { Pipeline } from '../pipeline.ts';

type Declared = Pick<Pipeline, 'columns' | 'source' | 'drift' | 'automations'>;

/** What is declared of drift and could never come. */
export function* watchingProblems(pipeline: Declared) {
  const { columns, source, drift, automations = [] } = pipeline;
  const voting = Object.entries(featuresOf(columns)).filter(([, column]) => votes(column));
  if (voting.length > 0 && voting.every(([name]) => own(drift.weights, name) === 0))
    yield {
      path: ['drift', 'weights'],
      message: 'with 0 for every column no check finds drift: leave out a column that matters',
    };
  if (drift.of === 'data' && milliseconds(drift.window) > milliseconds(source.history))
    yield {
      path: ['drift', 'window'],
      message: `must not be longer than source.history (${source.history}): earlier rows are not extracted`,
    };
  for (const [i, { on }] of automations.entries()) {
    if (on.event !== 'verdict' || on.column === undefined) continue;
    const message = whyNeverBehind(on.column, pipeline);
    if (message !== null) yield { path: ['automations', i, 'on', 'column'], message };
  }
}

/** Why a column is never behind a verdict; null: it may be. */
function whyNeverBehind(name: string, { columns, drift }: Declared): string | null {
  const column = own(columns, name);
  if (!column && name !== SCORE) return `no such column; columns are: ${Object.keys(columns).join(', ')}`;
  if (column && !isFeature(column)) return 'with feature: false the column is not checked for drift: name another one';
  if (column && !votes(column)) return `a column of kind ${column.kind} has no vote on drift: name another one`;
  return own(drift.weights, name) === 0
    ? `drift.weights takes its vote on drift from ${name}: name another column, or give it a weight`
    : null;
}
