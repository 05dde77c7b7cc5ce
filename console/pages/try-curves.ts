import { versionName } from '../../core/base/ids.ts';
import type { WhatIf } from '../../core/explaining/what-if.ts';
import { curvePlot } from '../../pages/curve.ts';
import { count } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { dependenceInWords, drawnPoints, scoreInWords } from '../../pages/insight.ts';
import type { Section } from '../layout.ts';

/** How the score moves along one column: of this row, and of all rows. */
export function curveSection(tried: WhatIf): Section {
  const { changed, versions, fields, isNumber } = tried;
  const drawn = versions.flatMap(({ version, curve }, i) =>
    curve === null || curve.length < 2
      ? []
      : [{ version, look: i === 0 ? ('first' as const) : ('second' as const), points: curve }],
  );
  const value = fields.find(({ column }) => column === changed)?.value;
  return {
    id: 'curve',
    heading: changed === null ? 'Curve' : `This row along ${changed}`,
    content:
      changed === null || drawn.length === 0
        ? html`<p class="soft">There is no curve: the column is sensitive, or no values of it are known.</p>`
        : html`${curvePlot(drawn, {
              words: drawn
                .map(
                  (each) =>
                    `${versionName(each.version)}: ${dependenceInWords({ column: changed, points: each.points.map((point) => ({ ...point, low: point.mean, high: point.mean })) }, isNumber)}`,
                )
                .join(' '),
              scoreInWords: scoreInWords(isNumber),
              ...(value !== undefined && { at: value }),
            })}
            <ul class="key">
              ${drawn.map(({ version, look }) => html`<li><i class="key-curve ${look}"></i>${versionName(version)}</li>`)}
            </ul>
            ${onAverage(tried)}`,
  };
}

/** Whether the row is like others: the same column, over the rows that judged each version. */
function onAverage({ versions, fields, changed, isNumber }: WhatIf): Html {
  const measured = versions.flatMap(({ version, dependence }, i) =>
    dependence ? [{ version, dependence, look: i === 0 ? ('first' as const) : ('second' as const) }] : [],
  );
  if (measured.length === 0) return nothing;
  const value = fields.find(({ column }) => column === changed)?.value;
  return html`<h3>All rows along ${changed}</h3>
    <p class="soft">
      The mean score over rows of the holdout that judged the version. The pale band holds eight of ten rows' own
      curves, each moved to the mean's level.
    </p>
    <div class="grid small-multiples">
      ${measured.map(
        ({ version, dependence, look }) =>
          html`<figure class="card">
            <figcaption class="title"><h3>${versionName(version)}, ${count(dependence.rows)} rows</h3></figcaption>
            ${curvePlot([{ look, points: drawnPoints(dependence, isNumber) }], {
              words: `${versionName(version)}: ${dependenceInWords(dependence, isNumber)}`,
              scoreInWords: scoreInWords(isNumber),
              ...(value !== undefined && { at: value }),
            })}
          </figure>`,
      )}
    </div>`;
}
