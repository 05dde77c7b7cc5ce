import { comparedNames, comparisonLines, holdoutsInWords } from '../../../core/training/versions/comparison-words.ts';
import { versionIn } from '../../../core/training/versions/version-names.ts';
import { command } from '../../command.ts';
import { columns } from '../../words.ts';

export const compare = command({
  arguments: '<pipeline> <versions...>',
  summary: 'Lay versions side by side: metrics, columns, options, data',
  example: 'fraud v3 v5',
  options: [],
  async run([pipeline = '', ...texts], _options, { operations, result }) {
    const versions = await Promise.all(texts.map((text) => versionIn(text, pipeline, operations.models)));
    const comparison = await operations.models.compare(pipeline, versions);
    const lines = comparisonLines(comparison).map(({ name, cells }) => [name, ...cells]);
    result(comparison, `${columns([['', ...comparedNames(comparison)], ...lines])}\n\n${holdoutsInWords(comparison)}`);
  },
});
