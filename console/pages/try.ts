import { versionName } from '../../core/base/ids.ts';
import { type Value } from '../../core/data/data.ts';
import { type Counterfactual } from '../../core/explaining/counterfactual.ts';
import { type TriedField, type TriedVersion, type WhatIf } from '../../core/explaining/what-if.ts';
import { badge, facts } from '../../pages/elements.ts';
import { count, percent, quantity, signed } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { table } from '../../pages/table.ts';
import { pipelineUrl, tryUrl, versionUrl } from '../elements.ts';
import { type Page, type Section } from '../layout.ts';
import { curveSection } from './try-curves.ts';

/** A row to change, and what versions say of it: at once with the script, by the button without. */
export function tryPage(tried: WhatIf, all: readonly number[]): Page {
  const { pipeline: name, versions } = tried;
  return {
    title: `Try ${versions.map(({ version }) => versionName(version)).join(' and ')} of ${name}`,
    crumbs: [
      { title: 'All pipelines', url: '/' },
      { title: name, url: pipelineUrl(name) },
    ],
    scripted: true,
    sections: [
      scoresSection(tried),
      formSection(tried, all),
      whySection(tried),
      curveSection(tried),
      changeSection(tried),
    ],
    facts: tried,
  };
}

const write = ({ isNumber }: WhatIf, score: number): string => (isNumber ? quantity(score) : percent(score, 2));

function scoresSection(tried: WhatIf): Section {
  return {
    id: 'scores',
    heading: 'What they say',
    content: html`<div role="status">
      ${facts(
        tried.versions.map(({ version, score, low, high, decision, threshold, classes }) => ({
          name: versionName(version),
          value: html`${classes ? html`${classes.label} ` : nothing}<span class="score">${write(tried, score)}</span> ${
              decision === null
                ? nothing
                : badge({ tone: decision ? 'warn' : 'plain', text: decision ? 'positive' : 'negative' })
            }`,
          ...(classes && { detail: probabilitiesInWords(classes.probabilities) }),
          ...(low !== undefined && { detail: `from ${quantity(low)} to ${quantity(high!)}` }),
          ...(threshold !== null && { detail: `positive from ${percent(threshold, 2)}` }),
        })),
      )}
      <p class="message" data-try-problem hidden></p>
    </div>`,
  };
}

const MOST_CLASSES_SHOWN = 5;

/** The likeliest first. */
const probabilitiesInWords = (probabilities: Record<string, number>): string =>
  Object.entries(probabilities)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_CLASSES_SHOWN)
    .map(([name, probability]) => `${name} ${percent(probability, 2)}`)
    .join(', ');

function formSection(
  { pipeline, versions, prediction, fields, changed, by, isNumber }: WhatIf,
  all: readonly number[],
): Section {
  const [first, second] = versions.map(({ version }) => version);
  const choice = (label: string, name: string, chosen: number | undefined, optional: boolean): Html =>
    html`<label
      >${label}
      <select name="${name}">
        ${optional ? html`<option value="">none</option>` : nothing}
        ${all.map((version) => option(String(version), versionName(version), version === chosen))}
      </select></label
    >`;
  return {
    id: 'row',
    heading:
      prediction === null
        ? 'The row: the typical one, unless changed'
        : `The row of prediction ${prediction}, unless changed`,
    content: html`<form class="try" method="post" action="${tryUrl(pipeline)}" data-try>
        ${prediction === null ? nothing : html`<input type="hidden" name="prediction" value="${prediction}" />`}
        <div class="fields">${fields.map(inputOf)}</div>
        <div class="fields">
          ${choice('Version', 'version', first, false)} ${choice('Beside', 'beside', second, true)}
          <label
            >Curve along
            <select name="changed">
              ${fields.map(({ column }) => option(column, column, column === changed))}
            </select></label
          >
          ${
            isNumber
              ? html`<label
                  >Move the estimate by <input type="number" step="any" name="by" value="${by ?? ''}"
                /></label>`
              : nothing
          }
        </div>
        <div class="row">
          <button class="strong">Try</button> <a href="${tryUrl(pipeline, [first, second])}">Start again</a>
        </div>
      </form>
      <form class="try" method="get" action="${tryUrl(pipeline)}">
        ${[first, second].map((version) => (version === undefined ? nothing : html`<input type="hidden" name="version" value="${version}" />`))}
        <div class="fields">
          <label>Start from a prediction, by its id <input name="from" autocomplete="off" maxlength="36" /></label>
        </div>
        <div class="row"><button>Fetch its row</button></div>
      </form>`,
  };
}

const option = (value: string, words: string, chosen: boolean): Html =>
  chosen ? html`<option value="${value}" selected>${words}</option>` : html`<option value="${value}">${words}</option>`;

/** A field's name in the form: others are named otherwise, whatever a column is called. */
export const fieldName = (column: string): string => `column.${column}`;

function inputOf({ column, type, value, seen }: TriedField): Html {
  const name = fieldName(column);
  const shown = value === undefined || value === null ? '' : String(value);
  const hint = value === undefined ? 'sensitive: used, not shown' : 'missing';
  if (type === 'boolean')
    return html`<label
      >${column}
      <select name="${name}">
        ${option('', hint, shown === '')}${option('true', 'true', shown === 'true')}${option('false', 'false', shown === 'false')}
      </select></label
    >`;
  const list = `seen-${column}`;
  return html`<label
    >${column}
    ${
      type === 'number'
        ? html`<input
            type="number"
            step="any"
            name="${name}"
            value="${shown}"
            placeholder="${hint}"
            autocomplete="off"
          />`
        : html`<input
            name="${name}"
            value="${shown}"
            placeholder="${hint}"
            autocomplete="off"
            list="${list}"
            maxlength="500"
          />`
    }${seen.length === 0 ? nothing : html`<datalist id="${list}">${seen.map((level) => html`<option value="${level}"></option>`)}</datalist>`}</label
  >`;
}

const MOST_EFFECTS = 12;

function whySection(tried: WhatIf): Section {
  const { versions, isNumber } = tried;
  const effect = (moved: number): string =>
    isNumber ? `${moved > 0 ? '+' : ''}${quantity(moved)}` : `${signed(100 * moved, 2)}\u00a0pp`;
  const largest = new Map<string, number>();
  for (const { effects } of versions)
    for (const { column, effect: moved } of effects)
      largest.set(column, Math.max(Math.abs(moved), largest.get(column) ?? 0));
  const columns = [...largest].sort(([, a], [, b]) => b - a).slice(0, MOST_EFFECTS);
  const most = columns[0]?.[1] ?? 0;
  const of = ({ effects }: TriedVersion, column: string): number | undefined =>
    effects.find((each) => each.column === column)?.effect;
  return {
    id: 'why',
    heading: 'Why',
    content: html`${versions.map(
      (version) =>
        html`<p class="soft">
          ${versionName(version.version)}${version.classes ? `, on the probability of ${version.classes.label},` : ''}
          begins at ${write(tried, version.typicalScore)}, the score of
          ${version.from === 'mean' ? 'its mean output over the rows it learnt from' : 'its typical row'}, and the
          columns lead to ${write(tried, version.score)}. ${version.exact ? 'Exact' : 'Estimated'} SHAP values.
        </p>`,
    )}
    ${table(
      'What moved the scores',
      [
        { head: 'Column', cell: ([column]: [string, number]) => column },
        ...versions.map((version) => ({
          head: versionName(version.version),
          cell: ([column]: [string, number]) => {
            const moved = of(version, column);
            return moved === undefined ? '\u2013' : html`${effectBar(moved, most)} ${effect(moved)}`;
          },
        })),
      ],
      columns,
    )}
    ${largest.size > columns.length ? html`<p class="soft">${count(largest.size - columns.length)} more columns moved them less.</p>` : nothing}`,
  };
}

/** To the right it raised the score, to the left it lowered it. */
function effectBar(effect: number, most: number): Html {
  const wide = most === 0 ? 0 : Math.round((600 * Math.abs(effect)) / most) / 10;
  return html`<span class="bars effect" aria-hidden="true"
    ><svg viewBox="0 0 120 12" width="120" height="12">
      <line class="zero" x1="60" x2="60" y1="0" y2="12" />
      <rect
        class="${effect < 0 ? 'lowers' : 'raises'}"
        x="${effect < 0 ? 60 - wide : 60}"
        y="2"
        width="${wide}"
        height="8"
        rx="1"
      /></svg
  ></span>`;
}

function changeSection(tried: WhatIf): Section {
  const aim = ({ decision, threshold, classes }: TriedVersion): string =>
    classes
      ? `to answer other than ${classes.label}`
      : threshold === null
        ? `to move by ${quantity(tried.by)}`
        : decision
          ? 'to become negative'
          : 'to become positive';
  return {
    id: 'change',
    heading: 'The smallest change that makes a difference',
    content: html`${tried.versions.map((version) => {
        const name = html`<a href="${versionUrl(tried.pipeline, version.version)}">${versionName(version.version)}</a>`;
        if (!version.searched) return html`<p class="soft">${name}: say by how much the estimate is to move.</p>`;
        return version.counterfactual
          ? html`<p>
              ${name}, ${aim(version)}: ${changesInWords(version.counterfactual)}.
              ${version.classes?.otherwise === undefined ? 'Its score is then' : `Its answer is then ${version.classes.otherwise}, with`}
              ${write(tried, version.counterfactual.score)}.
            </p>`
          : html`<p>${name}, ${aim(version)}: no change of up to three columns was found.</p>`;
      })}
      <p class="soft">
        Looked for among values that were seen, first in one column, then in two and in three; sensitive columns stay as
        they are. It tells of the model and advises nobody: some columns cannot be changed.
      </p>`,
  };
}

export const changesInWords = ({ changes }: Counterfactual): string =>
  changes.map(({ column, from, to }) => `${column} ${shown(to)} in place of ${shown(from)}`).join(', ');

const shown = (value: Value): string =>
  value === null ? 'missing' : typeof value === 'number' ? quantity(value) : String(value);
