import { versionIn } from '../../../core/training/versions/version-names.ts';
import { command } from '../../command.ts';

import { Option } from 'commander';

export const card = command<{ as: 'json' | 'html' }>({
  arguments: '<pipeline> <version>',
  summary: "Write a version's model card, as JSON or as a page",
  example: 'fraud v3 --as html',
  options: [
    new Option('--as <format>', 'json (by the Model Card Toolkit\'s schema) or html').choices(['json', 'html']).default('json'),
  ], // prettier-ignore
  async run([pipeline = '', text = ''], { as: format }, { operations, result }) {
    const version = await versionIn(text, pipeline, operations.models);
    if (format === 'html') {
      const page = await operations.reports.stored(pipeline, 'models', String(version));
      result({ html: page }, page);
      return;
    }
    const json = await operations.reports.card(pipeline, version);
    result(json, JSON.stringify(json, null, 2));
  },
});
