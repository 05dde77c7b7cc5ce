import { type LabelKind } from '../../core/data/labels/label-kinds.ts';
import { count, decimal } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { type ModelCard } from './model-card.ts';

const distances: Record<LabelKind, string> = {
  binary: 'do scores lie from the share of positives',
  class: "does the answer's probability lie from the share of answers that are right",
  number: '',
};

/** What a gate's limits are about: time, size, and how far scores are from probabilities. */
export function measuredNote({ version, pipeline }: ModelCard): Html {
  const { measured } = version.evaluation;
  if (!measured) return nothing;
  const { limits = {} } = pipeline.gates;
  const within = (limit: number | undefined): string => (limit === undefined ? '' : ` (the limit is ${limit})`);
  const error = measured.calibrationError;
  return html`<p class="note">
    Scoring a row took ${decimal(measured.microsecondsPerRow, 1)} microseconds${within(limits.microsecondsPerRow)}, and
    the artifact has ${count(measured.artifactBytes)}
    bytes${within(limits.artifactBytes)}.${
      error === null
        ? nothing
        : html` The calibration error is ${decimal(error, 4)}${within(limits.calibrationError)}: so far
          ${distances[pipeline.label.kind]}, on average over ten groups of as many rows.`
    }
  </p>`;
}
