import { decimal } from '../pages/format.ts';
import { html, nothing, type Html } from '../pages/html.ts';
import { besidesTable } from '../pages/besides.ts';
import { costLines } from '../core/performance/value-words.ts';
import { type Curves } from '../core/metrics/curves.ts';
import { curvePlot, reachOf } from './curve-plot.ts';
import { type ModelCard } from './model-card.ts';

/** What the threshold decides, and what others would. */
export function decisionsSection({ version, artifact, pipeline }: ModelCard): Html {
  const { decided, errors, curves, challenger } = version.evaluation;
  const measures = besidesTable({ ...(decided && { decided }), ...(errors && { errors }) }, artifact.threshold);
  const costs = costLines(version.evaluation, pipeline).map(
    ([name, words]) => html`<p class="note">${name}: ${words}.</p>`,
  );
  if (!curves) return measures === nothing ? nothing : html`<section>${measures}${costs}</section>`;
  const share = challenger.positives / Math.max(1, challenger.rows);
  const [auc, average] = [decimal(challenger.rocAuc ?? null, 4), decimal(challenger.averagePrecision ?? null, 4)];
  return html`<section>
    <h2>Decisions</h2>
    ${measures}${costs}
    <div class="grid small-multiples">
      <figure class="card">
        <figcaption class="title"><h3>ROC curve</h3></figcaption>
        ${curvePlot(
          curves.roc,
          [
            [0, 0],
            [1, 1],
          ],
          `Share of positives found over the share of negatives called positive: the area is ${auc}, where chance has 0.5.`,
        )}
      </figure>
      <figure class="card">
        <figcaption class="title"><h3>Precision and recall</h3></figcaption>
        ${curvePlot(
          curves.precisionRecall,
          [
            [0, share],
            [1, share],
          ],
          `Precision over recall: average precision is ${average}, where chance has ${decimal(share, 4)}.`,
        )}
      </figure>
      ${curves.calibration ? calibrationFigure(curves.calibration) : nothing}
    </div>
  </section>`;
}

function calibrationFigure(points: NonNullable<Curves['calibration']>): Html {
  const upTo = reachOf(points);
  return html`<figure class="card">
    <figcaption class="title"><h3>Calibration</h3></figcaption>
    ${curvePlot(
      points,
      [
        [0, 0],
        [upTo, upTo],
      ],
      `Share of positives over the mean score, of ten groups of rows by score, both up to ${decimal(upTo, 4)}: ${points
        .map(([score, share]) => `${decimal(share, 4)} at ${decimal(score, 4)}`)
        .join(', ')}.`,
      upTo,
    )}
  </figure>`;
}
