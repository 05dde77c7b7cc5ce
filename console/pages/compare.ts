import {
  comparedNames,
  comparisonLines,
  holdoutsInWords,
  type ComparisonLine,
} from '../../core/training/versions/comparison-words.ts';
import { versionName } from '../../core/base/ids.ts';
import { versionIn } from '../../core/training/versions/version-names.ts';
import { html } from '../../pages/html.ts';
import { table } from '../../pages/table.ts';
import { type BuildPage } from '../context.ts';
import { compareUrl, pipelineUrl, reportUrl, tryUrl, versionUrl } from '../elements.ts';
import { type Page } from '../layout.ts';
import { versionsSection } from './pipeline-tables.ts';

/** Versions side by side; with fewer than two, the versions to choose from. */
export const comparePage: BuildPage = async ({ operations, reader }, { name = '', versions = '' }): Promise<Page> => {
  const named = versions.split(',').filter(Boolean);
  const asked = [...new Set(await Promise.all(named.map((text) => versionIn(text, name, operations.models))))];
  const frame = {
    title: `Versions of ${name} compared`,
    crumbs: [
      { title: 'All pipelines', url: '/' },
      { title: name, url: pipelineUrl(name) },
    ],
  };
  if (asked.length < 2) {
    const overview = await reader.read(`the database, about ${name}`, () => operations.overview.of(name));
    const choose = { ...versionsSection(overview, Infinity), heading: 'Choose two or more' };
    return { ...frame, sections: [choose], facts: { versions: overview.versions.map(({ version }) => version) } };
  }
  const comparison = await reader.read(`the database, comparing ${asked.join(', ')} of ${name}`, () =>
    operations.models.compare(name, asked),
  );
  const names = comparedNames(comparison);
  const content = html`<p>${holdoutsInWords(comparison)}</p>
    ${table<ComparisonLine>(
      'Versions side by side',
      [
        { head: 'Fact', cell: ({ name: fact }) => fact.trim() },
        ...names.map((head, i) => ({ head, cell: ({ cells }: ComparisonLine) => cells[i]! })),
      ],
      comparisonLines(comparison),
    )}
    <div class="actions">
      ${asked.map((version) => html`<a class="button" href="${versionUrl(name, version)}">${versionName(version)}</a>`)}
      ${asked.length === 2 ? html`<a class="button" href="${tryUrl(name, asked)}">Try a row on both</a>` : null}
      ${comparison.versions
        .filter(({ cardKey }) => cardKey)
        .map(({ version }) => versionName(version))
        .map((called) => html`<a class="button" href="${reportUrl(name, 'models', called)}">Card of ${called}</a>`)}
      <a class="button" href="${compareUrl(name)}">Choose others</a>
    </div>`;
  return { ...frame, sections: [{ id: 'comparison', heading: names.join(', '), content }], facts: comparison };
};
