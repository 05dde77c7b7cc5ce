import { decimal } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { besidesTable } from '../../pages/besides.ts';
import { costLines } from '../../core/performance/value-words.ts';
import { type ClassMeasures } from '../../core/metrics/class-measures.ts';
import { classNames, type Named } from '../../core/metrics/confusion.ts';
import { type Curves } from '../../core/metrics/curves.ts';
import { curvePlot, reachOf } from '../drawing/curve-plot.ts';
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
      ${rocFigure(curves.roc, 'ROC curve', auc)}
      ${precisionFigure(curves.precisionRecall, 'Precision and recall', share, ` average precision is ${average},`)}
      ${curves.calibration ? calibrationFigure(curves.calibration, 'Share of positives over the mean score, of ten groups of rows by score') : nothing}
    </div>
  </section>`;
}

/** Of classes, each against all others. */
export function classFigures(measured: ClassMeasures | undefined, declared: Named): Html {
  if (!measured) return nothing;
  const names = classNames(declared, measured.each.length);
  return html`<div class="grid small-multiples">
    ${calibrationFigure(measured.calibration, "Share of answers that are right over the answer's mean probability, of ten groups of rows by it")}
    ${measured.each.map(({ curves }, place) =>
      curves
        ? html`${rocFigure(curves.roc, `ROC curve of ${names[place]}`)}${precisionFigure(
            curves.precisionRecall,
            `Precision and recall of ${names[place]}`,
            curves.precisionRecall.at(-1)![1],
          )}`
        : nothing,
    )}
  </div>`;
}

type Points = Curves['roc'];

const rocFigure = (points: Points, title: string, area?: string): Html =>
  figure(title, points, [[0, 0], [1, 1]], `Share of positives found over the share of negatives called positive${area === undefined ? '' : `: the area is ${area}, where chance has 0.5`}.`); // prettier-ignore

const precisionFigure = (points: Points, title: string, share: number, found = ''): Html =>
  figure(title, points, [[0, share], [1, share]], `Precision over recall:${found} ${found === '' ? 'chance' : 'where chance'} has ${decimal(share, 4)}.`); // prettier-ignore

function calibrationFigure(points: Points, what: string): Html {
  const upTo = reachOf(points);
  const said = points.map(([score, share]) => `${decimal(share, 4)} at ${decimal(score, 4)}`).join(', ');
  return figure('Calibration', points, [[0, 0], [upTo, upTo]], `${what}, both up to ${decimal(upTo, 4)}: ${said}.`, upTo); // prettier-ignore
}

const figure = (title: string, points: Points, chance: Points, words: string, upTo = 1): Html =>
  html`<figure class="card">
    <figcaption class="title"><h3>${title}</h3></figcaption>
    ${curvePlot(points, chance, words, upTo)}
  </figure>`;
