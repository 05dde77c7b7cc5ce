import { isFeature } from '../../columns/index.ts';
import { own } from '../../base/own.ts';
import { mayBeMember } from '../../recipes/ensemble.ts';
import { mayStartWarm } from '../../training/warm-start/choose.ts';
import type { Pipeline } from '../pipeline.ts';

const NO_FEATURE = 'leave it out: with feature: false no model learns from the column';

/** What is averaged are other candidates. */
export function* memberProblems({ candidates, search }: Pick<Pipeline, 'candidates' | 'search'>) {
  const possible = candidates.filter(mayBeMember).map(({ name }) => name);
  for (const [i, candidate] of candidates.entries()) {
    if (candidate.kind !== 'ensemble') continue;
    if (!candidate.members && !search && possible.length < 2)
      yield { path: ['candidates', i], message: 'declare two other candidates at least, which it can average' };
    for (const [place, name] of (candidate.members ?? []).entries())
      if (!possible.includes(name))
        yield {
          path: ['candidates', i, 'members', place],
          message: `no candidate that can be averaged has this name; those are: ${possible.join(', ') || 'none'}`,
        };
      else if (candidate.members!.indexOf(name) < place)
        yield { path: ['candidates', i, 'members', place], message: 'it is named twice' };
  }
}

/** A last value is a number like the label. */
export function* lastValueProblems({ candidates, columns, label }: Pick<Pipeline, 'candidates' | 'columns' | 'label'>) {
  for (const [i, candidate] of candidates.entries()) {
    if (candidate.kind !== 'baseline') continue;
    if (candidate.recent !== undefined && (label.kind !== 'number' || candidate.last !== undefined))
      yield {
        path: ['candidates', i, 'recent'],
        message:
          label.kind === 'number'
            ? 'leave it out beside last: declare two baselines'
            : 'leave it out: it applies only to labels of kind number',
      };
    if (candidate.last === undefined) continue;
    const path = ['candidates', i, 'last'];
    const column = own(columns, candidate.last);
    const { kind, sensitive } = column ?? {};
    if (label.kind !== 'number') yield { path, message: 'leave it out: it applies only to labels of kind number' };
    else if (kind === undefined)
      yield { path, message: `no such column; columns are: ${Object.keys(columns).join(', ')}` };
    else if (kind !== 'number')
      yield { path, message: `a column of kind ${kind} holds no values of the label: name one of kind number` };
    else if (!isFeature(column!)) yield { path, message: NO_FEATURE };
    else if (sensitive && !label.sensitive)
      yield {
        path,
        message: 'this column is sensitive, and each estimate would be its value: declare label.sensitive, too',
      };
  }
}

/** Only a number has a direction. */
export function* monotonicProblems({ candidates, columns }: Pick<Pipeline, 'candidates' | 'columns'>) {
  for (const [i, candidate] of candidates.entries())
    for (const column of Object.keys(('monotonic' in candidate && candidate.monotonic) || {})) {
      const path = ['candidates', i, 'monotonic', column];
      const declared = own(columns, column);
      const kind = declared?.kind;
      if (kind === undefined)
        yield { path, message: `no such column; columns are: ${Object.keys(columns).join(', ')}` };
      else if (kind !== 'number') yield { path, message: `leave it out: a column of kind ${kind} has no direction` };
      else if (!isFeature(declared!)) yield { path, message: NO_FEATURE };
    }
}

/** Weights are taken only where time tells which rows they know. */
export function* warmStartProblems({
  candidates,
  splits,
  retraining,
}: Pick<Pipeline, 'candidates' | 'splits' | 'retraining'>) {
  if (!retraining.warmStart) return;
  const path = ['retraining', 'warmStart'];
  if (!candidates.some(mayStartWarm))
    yield { path, message: 'leave it out, or declare a candidate that has weights to start from: mlp or tabm' };
  if (splits.by !== undefined && splits.by !== 'time')
    yield {
      path,
      message: `leave it out: with splits.by '${splits.by}' nothing tells which rows the champion has learnt from`,
    };
  if (typeof splits.folds === 'number')
    yield {
      path,
      message: 'leave it out: with splits.folds candidates are measured on rows that the champion has learnt from',
    };
}
