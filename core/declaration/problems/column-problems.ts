import { own } from '../../base/own.ts';
import { binsFor, isFeature, type Column } from '../../columns/index.ts';
import { NAMED, PROBABILITIES } from '../../data/predictions/prediction-lines.ts';
import { SCORE } from '../../data/profiles/binning.ts';
import { distanceKinds, unmeasurable, type Thresholds } from '../../drift/distances/index.ts';
import type { Pipeline } from '../pipeline.ts';

type Declared = Pick<Pipeline, 'columns' | 'source' | 'label' | 'drift' | 'expectations'>;

/** Names that are taken, and what is said of columns that there are not. */
export function* columnProblems({ columns, source, label, drift, expectations }: Declared) {
  for (const reserved of [source.key, source.time, label.name])
    if (Object.hasOwn(columns, reserved))
      yield { path: ['columns', reserved], message: 'the key, the time and the label cannot be features' };
  if (Object.hasOwn(columns, NAMED))
    yield {
      path: ['columns', NAMED],
      message: `the log marks rows as ${NAMED}: read the column under another name, say from a view`,
    };
  if (label.kind === 'class' && Object.hasOwn(columns, PROBABILITIES))
    yield {
      path: ['columns', PROBABILITIES],
      message: `the log keeps the classes' probabilities as ${PROBABILITIES}: read the column under another name, say from a view`,
    };
  if (Object.hasOwn(columns, SCORE))
    yield {
      path: ['columns', SCORE],
      message: `Perennial counts the model's scores as ${SCORE}: read the column under another name, say from a view`,
    };
  const all = Object.values(columns);
  if (all.length > 0 && !all.some(isFeature))
    yield { path: ['columns'], message: 'declare a feature: with feature: false on all columns a model has nothing to learn from' }; // prettier-ignore
  const missing = `no such column; columns are: ${Object.keys(columns).join(', ')}`;
  const { leaks } = expectations;
  for (const [i, excepted] of (typeof leaks === 'object' ? leaks.except : []).entries())
    if (!Object.hasOwn(columns, excepted)) yield { path: ['expectations', 'leaks', 'except', i], message: missing };
  for (const part of ['weights', 'columns'] as const)
    for (const [column, thresholds] of Object.entries(drift[part] ?? {})) {
      const path = ['drift', part, column];
      if (part === 'weights' && column === SCORE) {
        if (thresholds !== 0) yield { path, message: 'declare 0 to take its vote from the score, or leave it out' };
        continue;
      }
      const declared = own(columns, column);
      if (!declared) yield { path, message: missing };
      else if (!isFeature(declared))
        yield { path, message: 'leave it out: with feature: false the column is not checked for drift' };
      else if (part === 'columns') yield* unmeasured(path, declared, thresholds as Thresholds);
    }
}

/** A distance that does not apply to a column would never count. */
function* unmeasured(path: string[], column: Column, thresholds: Thresholds) {
  const { kind } = binsFor(column, { sample: new Float64Array(), levels: [] });
  for (const name of unmeasurable(thresholds, kind))
    yield {
      path: [...path, name],
      message: `${distanceKinds[name].title} does not apply to a column of kind ${column.kind}: declare another distance`,
    };
}
