import { derivationOf, featuresOf } from '../../../core/columns/index.ts';
import { type Value } from '../../../core/data/data.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { type Effects } from '../../../core/model/effects/effects.ts';
import { type Row } from '../../../core/data/data.ts';
import { instant } from '../../../core/time/time.ts';
import { type LoadedModel } from '../models/load-model.ts';
import { type ReadyVersion } from '../serving.ts';
import { type ValidRow } from '../rows/validate-row.ts';

/** What one field of a row did to its score. */
export interface Reason {
  field: string;
  value: Value;
  /** How far the score is from where the typical value would have it, in the score's unit. */
  effect: number;
}

export interface Reasons {
  /** What moved the score the furthest comes first. */
  reasons: Reason[];
  /** The score of the typical row, or of the model's mean output; all effects lead from here to the score. */
  typicalScore: number;
}

/** The fields that a version's columns come from, and what explains its scores by them. */
interface Explainer {
  fields: string[];
  explain(row: Row): Effects;
}

/** Made when somebody first asks, since few do. */
const explainers = new WeakMap<LoadedModel, Explainer>();

function explainerOf({ model, pipeline }: ReadyVersion): Explainer {
  let explainer = explainers.get(model);
  if (!explainer) {
    const columnsOf = columnsByField(pipeline);
    const explain = model.explainer([...columnsOf.values()]);
    explainers.set(model, (explainer = { fields: [...columnsOf.keys()], explain }));
  }
  return explainer;
}

/** A column that is derived from the time counts for the time. */
function columnsByField({ columns, source }: Pipeline): Map<string, string[]> {
  const byField = new Map<string, string[]>();
  for (const [column, declared] of Object.entries(featuresOf(columns))) {
    const field = derivationOf(declared) === null ? column : source.time;
    byField.set(field, [...(byField.get(field) ?? []), column]);
  }
  return byField;
}

/** The fields that moved the score of a row, `most` of them. */
export function reasonsOf(version: ReadyVersion, { row, time }: ValidRow, most: number): Reasons {
  const { fields, explain } = explainerOf(version);
  const { effects, typicalScore } = explain(row);
  const valueOf = (field: string): Value => (field === version.pipeline.source.time ? instant(time) : row[field]!);
  const reasons = fields
    .map((field, i): Reason => ({ field, value: valueOf(field), effect: effects[i]! }))
    .filter(({ effect }) => effect !== 0)
    .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
    .slice(0, most);
  return { reasons, typicalScore };
}
