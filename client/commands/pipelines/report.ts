import { command } from '../../command.ts';
import { Option } from 'commander';
import { writeFile } from 'node:fs/promises';

export const report = command<{ verdict?: string; out?: string }>({
  arguments: '<pipeline>',
  summary: 'Write the report of a drift check to an HTML file',
  example: 'fraud --out drift.html',
  options: [
    new Option('--verdict <id>', 'the verdict to report (default: the newest)'),
    new Option('--out <file>', 'file to write (default: PIPELINE-drift-VERDICT.html)'),
  ],
  async run([pipeline = ''], options, { operations, result }) {
    const { verdict, reportKey, html } = await operations.reports.drift(pipeline, options.verdict);
    const file = options.out ?? `${pipeline}-drift-${verdict}.html`;
    await writeFile(file, html);
    result({ verdict, reportKey, file }, `Wrote the report of verdict ${verdict} to ${file}. Open it in a browser.`);
  },
});
